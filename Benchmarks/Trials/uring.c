// An echo on io_uring: accepting and receiving go on by themselves (multishot, provided buffers), and what a round brings
// is answered by one system call. What a socket does not take at once it loses: the trial's loads never fill one.
//
// uring tcp PORT
#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { entries = 4096, buffer_count = 2048, buffer_bytes = 4096, group = 1 };
enum kind { accepted, received, sent };

static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char *memory;

static struct io_uring_sqe *next(enum kind kind, int descriptor, int buffer) {
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    if (entry == NULL) {
        io_uring_submit(&ring);
        entry = io_uring_get_sqe(&ring);
    }
    entry->user_data = (uint64_t)kind << 56 | (uint64_t)buffer << 32 | (uint32_t)descriptor;
    return entry;
}

static void prepare(enum kind kind, int descriptor) {
    struct io_uring_sqe *entry = next(kind, descriptor, 0);
    uint64_t data = entry->user_data;
    if (kind == accepted) {
        io_uring_prep_multishot_accept(entry, descriptor, NULL, NULL, 0);
    } else {
        io_uring_prep_recv_multishot(entry, descriptor, NULL, 0, 0);
        entry->flags |= IOSQE_BUFFER_SELECT;
        entry->buf_group = group;
    }
    entry->user_data = data;
}

static void give_back(int buffer) {
    char *start = memory + (size_t)buffer * buffer_bytes;
    io_uring_buf_ring_add(buffers, start, buffer_bytes, buffer, io_uring_buf_ring_mask(buffer_count), 0);
    io_uring_buf_ring_advance(buffers, 1);
}

static void answer(int descriptor, int buffer, int count) {
    struct io_uring_sqe *entry = next(sent, descriptor, buffer);
    uint64_t data = entry->user_data;
    io_uring_prep_send(entry, descriptor, memory + (size_t)buffer * buffer_bytes, count, MSG_NOSIGNAL);
    entry->user_data = data;
}

static void handle(struct io_uring_cqe *event) {
    int descriptor = (int)(uint32_t)event->user_data, buffer = event->user_data >> 32 & 0xffffff, one = 1;
    switch ((enum kind)(event->user_data >> 56)) {
    case accepted:
        if (event->res < 0) exit(71);
        setsockopt(event->res, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        prepare(received, event->res);
        break;
    case received:
        if (event->res > 0) answer(descriptor, event->flags >> IORING_CQE_BUFFER_SHIFT, event->res);
        else if (event->res != -ENOBUFS) close(descriptor);
        if (!(event->flags & IORING_CQE_F_MORE) && (event->res > 0 || event->res == -ENOBUFS))
            prepare(received, descriptor);
        break;
    case sent: give_back(buffer); break;
    }
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), failed;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) return 71;
    struct io_uring_params parameters = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN};
    if (io_uring_queue_init_params(entries, &ring, &parameters) < 0) return 71;
    memory = malloc((size_t)buffer_count * buffer_bytes);
    struct io_uring_buf_reg region = {.ring_entries = buffer_count, .bgid = group};
    if (posix_memalign((void **)&buffers, 4096, buffer_count * sizeof(struct io_uring_buf))) return 71;
    region.ring_addr = (uintptr_t)buffers;
    if ((failed = io_uring_register_buf_ring(&ring, &region, 0)) < 0) return 71;
    io_uring_buf_ring_init(buffers);
    for (int buffer = 0; buffer < buffer_count; buffer++) give_back(buffer);
    prepare(accepted, listener);
    for (;;) {
        struct io_uring_cqe *events[256];
        io_uring_submit_and_wait(&ring, 1);
        unsigned ready = io_uring_peek_batch_cqe(&ring, events, 256);
        for (unsigned index = 0; index < ready; index++) handle(events[index]);
        io_uring_cq_advance(&ring, ready);
    }
}
