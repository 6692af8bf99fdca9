// The floor: an echo by one epoll loop of the plainest kind, as a measure of what the kernel's part of an echo costs.
// It counts nothing, guards nothing, and knows no end but a signal's.
//
// floor tcp|udp PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { event_capacity = 256, buffer_bytes = 256 * 1024 };

struct connection {
    int socket;
    // What the kernel has not taken; NULL while there is nothing.
    char *unsent;
    size_t start, length;
};

static char buffer[buffer_bytes];
static int set;

static void check(int result, const char *call) {
    if (result < 0) {
        perror(call);
        exit(71);
    }
}

static int bound_socket(int type, int port) {
    int one = 1;
    int descriptor = socket(AF_INET, type | SOCK_NONBLOCK, 0);
    check(descriptor, "socket");
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(bind(descriptor, (struct sockaddr *)&address, sizeof address), "bind");
    return descriptor;
}

static void watch(int operation, int descriptor, uint32_t interest, void *data) {
    struct epoll_event event = {.events = interest, .data.ptr = data};
    check(epoll_ctl(set, operation, descriptor, &event), "epoll_ctl");
}

static void accept_all(int listener) {
    int descriptor, one = 1;
    while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct connection *connection = calloc(1, sizeof *connection);
        connection->socket = descriptor;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(EPOLL_CTL_ADD, descriptor, EPOLLIN, connection);
    }
}

static void end(struct connection *connection) {
    close(connection->socket);
    free(connection->unsent);
    free(connection);
}

static void keep(struct connection *connection, const char *rest, size_t length) {
    connection->unsent = malloc(length);
    memcpy(connection->unsent, rest, length);
    connection->start = 0;
    connection->length = length;
    watch(EPOLL_CTL_MOD, connection->socket, EPOLLOUT, connection);
}

static void send_rest(struct connection *connection) {
    char *rest = connection->unsent + connection->start;
    ssize_t sent = send(connection->socket, rest, connection->length - connection->start, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN) end(connection);
        return;
    }
    connection->start += sent;
    if (connection->start < connection->length) return;
    free(connection->unsent);
    connection->unsent = NULL;
    watch(EPOLL_CTL_MOD, connection->socket, EPOLLIN, connection);
}

static void answer(struct connection *connection) {
    ssize_t received = recv(connection->socket, buffer, sizeof buffer, 0);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) {
        end(connection);
        return;
    }
    ssize_t sent = send(connection->socket, buffer, received, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        end(connection);
        return;
    }
    if (sent < 0) sent = 0;
    if (sent < received) keep(connection, buffer + sent, received - sent);
}

static void answer_datagrams(int descriptor) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    ssize_t received;
    while ((received = recvfrom(descriptor, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &length)) >= 0) {
        sendto(descriptor, buffer, received, 0, (struct sockaddr *)&peer, length);
        length = sizeof peer;
    }
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    int is_udp = strcmp(arguments[1], "udp") == 0;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    check(set = epoll_create1(0), "epoll_create1");
    int descriptor = bound_socket(is_udp ? SOCK_DGRAM : SOCK_STREAM, atoi(arguments[2]));
    if (!is_udp) check(listen(descriptor, 4096), "listen");
    watch(EPOLL_CTL_ADD, descriptor, EPOLLIN, NULL);
    for (;;) {
        struct epoll_event events[event_capacity];
        int ready = epoll_wait(set, events, event_capacity, -1);
        for (int index = 0; index < ready; index++) {
            struct connection *connection = events[index].data.ptr;
            if (connection == NULL) {
                is_udp ? answer_datagrams(descriptor) : accept_all(descriptor);
            } else if (connection->unsent != NULL) {
                send_rest(connection);
            } else {
                answer(connection);
            }
        }
    }
}
