// A UDP echo that receives trains of datagrams as one (UDP_GRO) and sends them as one (UDP_SEGMENT): see udp(7).
//
// gro udp PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { buffer_bytes = 64 * 1024 };

static char buffer[buffer_bytes];

// The size of each datagram of a train, or 0 when one came alone.
static int train_of(struct msghdr *message) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        int size;
        if (part->cmsg_level != SOL_UDP || part->cmsg_type != UDP_GRO) continue;
        memcpy(&size, CMSG_DATA(part), sizeof size);
        return size;
    }
    return 0;
}

static void answer(int descriptor) {
    struct sockaddr_in peer;
    _Alignas(struct cmsghdr) char control[128];
    struct iovec bytes = {.iov_base = buffer, .iov_len = sizeof buffer};
    struct msghdr message = {
        .msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &bytes, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof control};
    ssize_t received = recvmsg(descriptor, &message, 0);
    if (received < 0) return;
    int size = train_of(&message);
    bytes.iov_len = received;
    message.msg_controllen = 0;
    if (size > 0 && size < received) {
        message.msg_controllen = CMSG_SPACE(sizeof(uint16_t));
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        *part = (struct cmsghdr){
            .cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof(uint16_t))};
        *(uint16_t *)CMSG_DATA(part) = size;
    }
    sendmsg(descriptor, &message, 0);
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    int one = 1, descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return 71;
    if (setsockopt(descriptor, SOL_UDP, UDP_GRO, &one, sizeof one) < 0) return 71;
    for (;;) answer(descriptor);
}
