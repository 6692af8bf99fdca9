#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

// The header repeats structs and constants of the kernel; the compiler checks that they match.
_Static_assert(sizeof(struct clinux_message) == sizeof(struct mmsghdr), "mmsghdr");
_Static_assert(offsetof(struct clinux_message, length) == offsetof(struct mmsghdr, msg_len), "mmsghdr");
_Static_assert(sizeof(struct clinux_event) == sizeof(struct epoll_event), "epoll_event");
_Static_assert(offsetof(struct clinux_event, token) == offsetof(struct epoll_event, data), "epoll_event");
_Static_assert(sizeof(struct clinux_in_pktinfo) == sizeof(struct in_pktinfo), "in_pktinfo");
_Static_assert(offsetof(struct clinux_in_pktinfo, local) == offsetof(struct in_pktinfo, ipi_spec_dst), "in_pktinfo");
_Static_assert(sizeof(struct clinux_in6_pktinfo) == sizeof(struct in6_pktinfo), "in6_pktinfo");
_Static_assert(clinux_readable == EPOLLIN && clinux_writable == EPOLLOUT, "epoll");
_Static_assert(clinux_wait_for_one == MSG_WAITFORONE, "recvmmsg");
_Static_assert(clinux_end == EPOLLRDHUP, "epoll");
_Static_assert((uint32_t)clinux_edge_triggered == (uint32_t)EPOLLET, "epoll");
_Static_assert(clinux_ip_pktinfo == IP_PKTINFO && clinux_ipv6_pktinfo == IPV6_PKTINFO, "pktinfo");
_Static_assert(clinux_meminfo_drops == SK_MEMINFO_DROPS && clinux_meminfo_count == SK_MEMINFO_VARS, "meminfo");
_Static_assert(clinux_timestamp == SO_TIMESTAMPNS && clinux_timestamp == SCM_TIMESTAMPNS, "timestamp");
_Static_assert(clinux_ipv6_recvpktinfo == IPV6_RECVPKTINFO, "pktinfo");
_Static_assert(sizeof(struct clinux_extended_error) == sizeof(struct sock_extended_err), "sock_extended_err");
_Static_assert(offsetof(struct clinux_extended_error, code) == offsetof(struct sock_extended_err, ee_code), "errqueue");
_Static_assert(clinux_origin_timestamping == SO_EE_ORIGIN_TIMESTAMPING, "errqueue");
_Static_assert(clinux_timestamping == SO_TIMESTAMPING && clinux_timestamping == SCM_TIMESTAMPING, "timestamping");
_Static_assert(clinux_timestamp_transmissions ==
                   (SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
                    SOF_TIMESTAMPING_OPT_TSONLY),
               "timestamping");
_Static_assert(clinux_origin_icmp == SO_EE_ORIGIN_ICMP && clinux_origin_icmp6 == SO_EE_ORIGIN_ICMP6, "errqueue");
_Static_assert(clinux_all_seals == (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), "seals");

int clinux_recvmmsg(int descriptor, struct clinux_message *messages, unsigned int count, int flags) {
    return recvmmsg(descriptor, (struct mmsghdr *)messages, count, flags, NULL);
}

int clinux_sendmmsg(int descriptor, struct clinux_message *messages, unsigned int count, int flags) {
    return sendmmsg(descriptor, (struct mmsghdr *)messages, count, flags);
}

int clinux_accept(int descriptor, struct sockaddr *address, socklen_t *length) {
    return accept4(descriptor, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_socket(int domain, bool stream) {
    return socket(domain, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int clinux_socketpair(int descriptors[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, descriptors);
}

int clinux_pipe(int descriptors[2]) {
    return pipe2(descriptors, O_NONBLOCK | O_CLOEXEC);
}

int clinux_memfd_create(const char *name, unsigned int flags) {
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);
}

int clinux_add_seals(int descriptor, int seals) {
    return fcntl(descriptor, F_ADD_SEALS, seals);
}

int clinux_get_seals(int descriptor) {
    return fcntl(descriptor, F_GET_SEALS);
}

int clinux_epoll_create(void) {
    return epoll_create1(EPOLL_CLOEXEC);
}

static int control(int set, int operation, int descriptor, uint32_t interest, uint64_t token) {
    struct epoll_event event = {.events = interest, .data.u64 = token};
    return epoll_ctl(set, operation, descriptor, &event);
}

int clinux_epoll_add(int set, int descriptor, uint32_t interest, uint64_t token) {
    return control(set, EPOLL_CTL_ADD, descriptor, interest, token);
}

int clinux_epoll_modify(int set, int descriptor, uint32_t interest, uint64_t token) {
    return control(set, EPOLL_CTL_MOD, descriptor, interest, token);
}

int clinux_epoll_remove(int set, int descriptor) {
    return control(set, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int clinux_epoll_wait(int set, struct clinux_event *events, int capacity, int milliseconds) {
    return epoll_wait(set, (struct epoll_event *)events, capacity, milliseconds);
}

int clinux_epoll_wait_nanoseconds(int set, struct clinux_event *events, int capacity, int64_t nanoseconds) {
    struct timespec timeout = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return epoll_pwait2(set, (struct epoll_event *)events, capacity, &timeout, NULL);
}

void clinux_set_timer_slack(unsigned long nanoseconds) {
    prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0);
}

int clinux_eventfd(void) {
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

int clinux_timerfd_create(void) {
    return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

int clinux_timerfd_settime(int timer, int64_t milliseconds) {
    struct itimerspec time = {
        .it_value = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000}};
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, NULL);
}

struct cmsghdr *clinux_cmsg_first(struct msghdr *header) {
    return CMSG_FIRSTHDR(header);
}

struct cmsghdr *clinux_cmsg_next(struct msghdr *header, struct cmsghdr *message) {
    return CMSG_NXTHDR(header, message);
}

void *clinux_cmsg_data(struct cmsghdr *message) {
    return CMSG_DATA(message);
}

size_t clinux_cmsg_length(size_t payload) {
    return CMSG_LEN(payload);
}

size_t clinux_cmsg_space(size_t payload) {
    return CMSG_SPACE(payload);
}

void clinux_return_blocks_from(int bytes) {
    mallopt(M_MMAP_THRESHOLD, bytes);
}

void clinux_limit_arenas(int count) {
    mallopt(M_ARENA_MAX, count);
}

int clinux_read_clock(bool *synchronized, int64_t *maximum_error) {
    struct timex clock = {.modes = 0};
    if (adjtimex(&clock) == -1) return -1;
    *synchronized = (clock.status & STA_UNSYNC) == 0;
    *maximum_error = clock.maxerror;
    return 0;
}

int clinux_unacknowledged(int descriptor) {
    int bytes = 0;
    return ioctl(descriptor, SIOCOUTQ, &bytes) == 0 ? bytes : -1;
}

int clinux_signalfd(const sigset_t *signals) {
    return signalfd(-1, signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

int clinux_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : -1;
}

int clinux_flush_output(void) {
    return fflush(stdout);
}

bool clinux_output_failed(void) {
    return ferror(stdout) != 0;
}
