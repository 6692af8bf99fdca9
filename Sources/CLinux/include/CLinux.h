// Parts of Linux and glibc that the Glibc module lacks: calls that need _GNU_SOURCE, missing headers, and macros.
// Each function is one call or one macro, without logic.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

// One datagram of a batch, laid out as struct mmsghdr; see recvmmsg(2).
struct clinux_message {
    struct msghdr header;
    unsigned int length;
};

int clinux_recvmmsg(int descriptor, struct clinux_message *messages, unsigned int count, int flags);
int clinux_sendmmsg(int descriptor, struct clinux_message *messages, unsigned int count, int flags);

// accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC.
int clinux_accept(int descriptor, struct sockaddr *address, socklen_t *length);
// socket(2) with SOCK_NONBLOCK and SOCK_CLOEXEC; stream or datagram.
int clinux_socket(int domain, bool stream);
// socketpair(2) of AF_UNIX and SOCK_SEQPACKET with SOCK_NONBLOCK and SOCK_CLOEXEC.
int clinux_socketpair(int descriptors[2]);
// pipe2(2) with O_NONBLOCK and O_CLOEXEC: the end to read from, and the end to write to.
int clinux_pipe(int descriptors[2]);

// memfd_create(2) with MFD_CLOEXEC and MFD_ALLOW_SEALING, and other flags.
int clinux_memfd_create(const char *name, unsigned int flags);
// MFD_NOEXEC_SEAL, since Linux 6.3.
enum { clinux_not_executable = 0x8 };
// O_PATH, for open(2).
enum { clinux_only_name = 010000000 };
// F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_WRITE.
enum { clinux_all_seals = 0x000f };
// fcntl(2) with F_ADD_SEALS and with F_GET_SEALS.
int clinux_add_seals(int descriptor, int seals);
int clinux_get_seals(int descriptor);

// Bits of a descriptor's interest and readiness; see epoll_ctl(2).
enum {
    clinux_readable = 0x001,
    clinux_writable = 0x004,
    clinux_end = 0x2000,
    clinux_edge_triggered = 1 << 31,
};

// Makes recvmmsg(2) wait for the first message only.
enum { clinux_wait_for_one = 0x10000 };

// A readiness, and the token that was added with the descriptor. The kernel's struct epoll_event is packed on x86-64.
struct clinux_event {
    uint32_t readiness;
    uint64_t token;
}
#if defined(__x86_64__)
__attribute__((packed))
#endif
;

int clinux_epoll_create(void);
int clinux_epoll_add(int set, int descriptor, uint32_t interest, uint64_t token);
int clinux_epoll_modify(int set, int descriptor, uint32_t interest, uint64_t token);
int clinux_epoll_remove(int set, int descriptor);
int clinux_epoll_wait(int set, struct clinux_event *events, int capacity, int milliseconds);
// epoll_pwait2(2) without a signal mask.
int clinux_epoll_wait_nanoseconds(int set, struct clinux_event *events, int capacity, int64_t nanoseconds);

// prctl(2) with PR_SET_TIMERSLACK.
void clinux_set_timer_slack(unsigned long nanoseconds);

// A non-blocking eventfd(2) counter.
int clinux_eventfd(void);

// A non-blocking timerfd_create(2) timer on CLOCK_MONOTONIC.
int clinux_timerfd_create(void);
// timerfd_settime(2) to a time in milliseconds of that clock; 0 stops the timer.
int clinux_timerfd_settime(int timer, int64_t milliseconds);

// The control messages of one datagram; see cmsg(3).
struct cmsghdr *clinux_cmsg_first(struct msghdr *header);
struct cmsghdr *clinux_cmsg_next(struct msghdr *header, struct cmsghdr *message);
void *clinux_cmsg_data(struct cmsghdr *message);
size_t clinux_cmsg_length(size_t payload);
size_t clinux_cmsg_space(size_t payload);

// Laid out as struct in_pktinfo (see ip(7)): the interface, the local address, the address in the header.
struct clinux_in_pktinfo {
    int interface;
    uint32_t local;
    uint32_t destination;
};

// Laid out as struct in6_pktinfo; see RFC 3542, section 6.1.
struct clinux_in6_pktinfo {
    uint8_t address[16];
    uint32_t interface;
};

enum {
    clinux_ip_pktinfo = 8,
    clinux_ipv6_recvpktinfo = 49,
    clinux_ipv6_pktinfo = 50,
};

// SO_TIMESTAMPNS, and the control message that it asks for, a struct timespec; see socket(7).
enum { clinux_timestamp = 35 };

// The values of SO_MEMINFO: how many there are, and the index of the drop counter.
enum {
    clinux_meminfo_drops = 8,
    clinux_meminfo_count = 9,
};

// Laid out as struct sock_extended_err; see ip(7), IP_RECVERR. The reporting host's address follows it.
struct clinux_extended_error {
    uint32_t error;
    uint8_t origin;
    uint8_t type;
    uint8_t code;
    uint8_t padding;
    uint32_t information;
    uint32_t data;
};

enum {
    clinux_origin_icmp = 2,
    clinux_origin_icmp6 = 3,
    // Not an error: the time at which a datagram was sent. Its `data` is the number of the datagram.
    clinux_origin_timestamping = 4,
};

// SO_TIMESTAMPING, and the control message with the times; see Documentation/networking/timestamping.rst of Linux.
enum { clinux_timestamping = 37 };
// Its flags for the time at which a datagram is handed to the driver, with the datagram's number and without its bytes.
enum { clinux_timestamp_transmissions = 1 << 1 | 1 << 4 | 1 << 7 | 1 << 11 };

// Returns blocks of at least this size to the kernel when they are freed (M_MMAP_THRESHOLD; see mallopt(3)).
void clinux_return_blocks_from(int bytes);

// Sets M_ARENA_MAX, see mallopt(3).
void clinux_limit_arenas(int count);

// What adjtimex(2) says about the clock, without changing it: 0, and whether it is synchronized and its maximum error in
// microseconds; -1 and errno on failure.
int clinux_read_clock(bool *synchronized, int64_t *maximum_error);

// Bytes not yet acknowledged by the TCP peer, including our FIN (SIOCOUTQ; see tcp(7)); -1 and errno on failure.
int clinux_unacknowledged(int descriptor);

// signalfd(2) with SFD_NONBLOCK and SFD_CLOEXEC: a new descriptor for these signals.
int clinux_signalfd(const sigset_t *signals);

// How many columns a terminal has (TIOCGWINSZ; see ioctl_tty(2)); -1 and errno on failure.
int clinux_columns(int descriptor);

// fflush(3) and ferror(3) of standard output.
int clinux_flush_output(void);
bool clinux_output_failed(void);
