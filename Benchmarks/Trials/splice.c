// An echo that moves bytes by splice(2), through a pipe for each connection, and copies none of them itself.
//
// splice tcp PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { event_capacity = 256, pipe_bytes = 256 * 1024 };

struct connection {
    int socket, pipe[2];
    size_t held;
};

static void watch(int set, int operation, struct connection *connection, uint32_t interest) {
    struct epoll_event event = {.events = interest, .data.ptr = connection};
    epoll_ctl(set, operation, connection->socket, &event);
}

static void accept_one(int set, int listener) {
    int one = 1, descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (descriptor < 0) return;
    struct connection *connection = calloc(1, sizeof *connection);
    connection->socket = descriptor;
    if (pipe2(connection->pipe, O_NONBLOCK) < 0) exit(71);
    fcntl(connection->pipe[1], F_SETPIPE_SZ, pipe_bytes);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    watch(set, EPOLL_CTL_ADD, connection, EPOLLIN);
}

static void end(struct connection *connection) {
    close(connection->socket);
    close(connection->pipe[0]);
    close(connection->pipe[1]);
    free(connection);
}

static void answer(int set, struct connection *connection) {
    int was_full = connection->held > 0;
    if (!was_full) {
        ssize_t received = splice(connection->socket, NULL, connection->pipe[1], NULL, pipe_bytes, SPLICE_F_NONBLOCK);
        if (received < 0 && errno == EAGAIN) return;
        if (received <= 0) {
            end(connection);
            return;
        }
        connection->held = received;
    }
    ssize_t sent = splice(connection->pipe[0], NULL, connection->socket, NULL, connection->held, SPLICE_F_NONBLOCK);
    if (sent < 0 && errno != EAGAIN) {
        end(connection);
        return;
    }
    if (sent > 0) connection->held -= sent;
    int is_full = connection->held > 0;
    if (is_full != was_full) watch(set, EPOLL_CTL_MOD, connection, is_full ? EPOLLOUT : EPOLLIN);
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    int one = 1, set = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) return 71;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event events[event_capacity];
        int ready = epoll_wait(set, events, event_capacity, -1);
        for (int index = 0; index < ready; index++) {
            if (events[index].data.ptr == NULL) accept_one(set, listener);
            else answer(set, events[index].data.ptr);
        }
    }
}
