// libuv's echo, as its guide teaches it: a buffer for each read, and a request for each write.
//
// echo tcp|udp PORT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { backlog = 4096 };

typedef struct {
    union {
        uv_write_t stream;
        uv_udp_send_t datagram;
    } request;
    uv_buf_t bytes;
} reply;

static void check(int result, const char *call) {
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", call, uv_strerror(result));
        exit(71);
    }
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *bytes) {
    (void)handle;
    *bytes = uv_buf_init(malloc(suggested), suggested);
}

static reply *reply_of(const uv_buf_t *bytes, ssize_t count) {
    reply *made = malloc(sizeof *made);
    made->bytes = uv_buf_init(bytes->base, count);
    return made;
}

static void release(void *request) {
    reply *sent = request;
    free(sent->bytes.base);
    free(sent);
}

static void sent_on_stream(uv_write_t *request, int status) {
    (void)status;
    release(request);
}

static void sent_datagram(uv_udp_send_t *request, int status) {
    (void)status;
    release(request);
}

static void closed(uv_handle_t *handle) {
    free(handle);
}

static void received_on_stream(uv_stream_t *client, ssize_t count, const uv_buf_t *bytes) {
    if (count > 0) {
        reply *answer = reply_of(bytes, count);
        uv_write(&answer->request.stream, client, &answer->bytes, 1, sent_on_stream);
        return;
    }
    free(bytes->base);
    if (count < 0) uv_close((uv_handle_t *)client, closed);
}

static void connected(uv_stream_t *listener, int status) {
    check(status, "listen");
    uv_tcp_t *client = malloc(sizeof *client);
    uv_tcp_init(listener->loop, client);
    check(uv_accept(listener, (uv_stream_t *)client), "accept");
    uv_tcp_nodelay(client, 1);
    uv_read_start((uv_stream_t *)client, allocate, received_on_stream);
}

static void received_datagram(
    uv_udp_t *socket, ssize_t count, const uv_buf_t *bytes, const struct sockaddr *peer, unsigned flags) {
    (void)flags;
    if (count < 0 || peer == NULL) {
        free(bytes->base);
        return;
    }
    reply *answer = reply_of(bytes, count);
    uv_udp_send(&answer->request.datagram, socket, &answer->bytes, 1, peer, sent_datagram);
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    uv_loop_t *loop = uv_default_loop();
    struct sockaddr_in address;
    uv_ip4_addr("127.0.0.1", atoi(arguments[2]), &address);
    uv_tcp_t listener;
    uv_udp_t socket;
    if (strcmp(arguments[1], "udp") == 0) {
        uv_udp_init(loop, &socket);
        check(uv_udp_bind(&socket, (struct sockaddr *)&address, 0), "bind");
        check(uv_udp_recv_start(&socket, allocate, received_datagram), "recv_start");
    } else {
        uv_tcp_init(loop, &listener);
        check(uv_tcp_bind(&listener, (struct sockaddr *)&address, 0), "bind");
        check(uv_listen((uv_stream_t *)&listener, backlog, connected), "listen");
    }
    return uv_run(loop, UV_RUN_DEFAULT);
}
