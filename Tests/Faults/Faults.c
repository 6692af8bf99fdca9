#define _GNU_SOURCE
#include "Faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>
#include <unwind.h>

// A sanitizer's runtime calls these functions, so it must not instrument them.
#pragma clang attribute push(__attribute__((disable_sanitizer_instrumentation)), apply_to = function)

static const char *const names[FAULTS_CALLS] = {
    [FAULTS_RECV] = "recv",
    [FAULTS_SEND] = "send",
    [FAULTS_ACCEPT4] = "accept4",
    [FAULTS_RECVMMSG] = "recvmmsg",
    [FAULTS_SENDMMSG] = "sendmmsg",
    [FAULTS_EPOLL_ADD] = "epoll_ctl, add",
    [FAULTS_EPOLL_MODIFY] = "epoll_ctl, modify",
    [FAULTS_EPOLL_REMOVE] = "epoll_ctl, remove",
    [FAULTS_EPOLL_WAIT] = "epoll_wait",
    [FAULTS_EPOLL_CREATE1] = "epoll_create1",
    [FAULTS_EVENTFD] = "eventfd",
    [FAULTS_TIMERFD_CREATE] = "timerfd_create",
    [FAULTS_TIMERFD_SETTIME] = "timerfd_settime",
    [FAULTS_SOCKET] = "socket",
    [FAULTS_BIND] = "bind",
    [FAULTS_LISTEN] = "listen",
    [FAULTS_CONNECT] = "connect",
    [FAULTS_SETSOCKOPT] = "setsockopt",
    [FAULTS_GETSOCKOPT] = "getsockopt",
    [FAULTS_GETSOCKNAME] = "getsockname",
    [FAULTS_SHUTDOWN] = "shutdown",
    [FAULTS_POLL] = "poll",
    [FAULTS_SIOCOUTQ] = "ioctl, SIOCOUTQ",
    [FAULTS_MMAP] = "mmap",
    [FAULTS_MUNMAP] = "munmap",
    [FAULTS_ADJTIMEX] = "adjtimex",
    [FAULTS_RECVMSG] = "recvmsg",
    [FAULTS_SENDMSG] = "sendmsg",
    [FAULTS_SOCKETPAIR] = "socketpair",
    [FAULTS_PIPE2] = "pipe2",
    [FAULTS_GETPEERNAME] = "getpeername",
    [FAULTS_MEMFD_CREATE] = "memfd_create",
    [FAULTS_ADD_SEALS] = "fcntl, F_ADD_SEALS",
    [FAULTS_GET_SEALS] = "fcntl, F_GET_SEALS",
    [FAULTS_PREAD] = "pread",
    [FAULTS_PWRITE] = "pwrite",
};

static struct faults_rule *rules;

// Where the program's own code is. Libraries, among them Dispatch and libsystemd, are elsewhere.
static uintptr_t program_begin, program_end, library_begin, library_end;

static int note_ranges(struct dl_phdr_info *object, size_t size, void *is_first) {
    (void)size;
    uintptr_t begin = UINTPTR_MAX, end = 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        if (header->p_type != PT_LOAD) continue;
        uintptr_t from = object->dlpi_addr + header->p_vaddr, to = from + header->p_memsz;
        if (from < begin) begin = from;
        if (to > end) end = to;
    }
    // The first object is the program; see dl_iterate_phdr(3).
    if (*(bool *)is_first) {
        program_begin = begin;
        program_end = end;
        *(bool *)is_first = false;
    }
    uintptr_t here = (uintptr_t)&note_ranges;
    if (begin <= here && here < end) {
        library_begin = begin;
        library_end = end;
    }
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("ECHOD_TEST_FAULTS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    bool is_first = true;
    dl_iterate_phdr(note_ranges, &is_first);
    struct faults_rule *memory =
        mmap(NULL, FAULTS_CALLS * sizeof *rules, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) abort();
    for (int call = 0; call < FAULTS_CALLS; call++) {
        strncpy(memory[call].name, names[call], sizeof memory[call].name - 1);
    }
    rules = memory;
    // Programs that it starts, such as a sanitizer's symbolizer, get no faults.
    unsetenv("LD_PRELOAD");
}

// A look at the callers' addresses, from the nearest on.
struct walk {
    int callers;
    bool is_own;
};

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *argument) {
    struct walk *walk = argument;
    uintptr_t address = _Unwind_GetIP(context);
    if (library_begin <= address && address < library_end) return _URC_NO_REASON;
    walk->is_own = program_begin <= address && address < program_end;
    walk->callers++;
    return walk->is_own && walk->callers < 2 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

// Whether the program calls, and no library. A sanitizer's runtime is part of the program and passes on what libraries
// call too: so the caller's caller has to be the program as well, which it is for a call of the program's own.
static bool is_own_call(void) {
    struct walk walk = {0, false};
    _Unwind_Backtrace(step, &walk);
    return walk.is_own;
}

// Whether a call has to fail, with errno; or it is cut to a smaller amount.
static bool strikes(enum faults_call call, size_t *amount) {
    if (!rules || !is_own_call()) return false;
    struct faults_rule *rule = &rules[call];
    uint64_t number = atomic_fetch_add(&rule->seen, 1) + 1;
    uint64_t first = atomic_load(&rule->first), every = atomic_load(&rule->every);
    if (first == 0 || number < first) return false;
    if (every == 0 ? number != first : (number - first) % every != 0) return false;
    size_t most = atomic_load(&rule->most);
    if (most > 0) {
        if (!amount || *amount <= most) return false;
        *amount = most;
        atomic_fetch_add(&rule->injected, 1);
        return false;
    }
    atomic_fetch_add(&rule->injected, 1);
    errno = (int)atomic_load(&rule->error);
    return true;
}

// libc's function, or a sanitizer's.
#define NEXT(function)                                                                 \
    ({                                                                                 \
        static _Atomic(__typeof__(&function)) next;                                    \
        if (!next) next = (__typeof__(&function))dlsym(RTLD_NEXT, #function);          \
        next;                                                                          \
    })

ssize_t recv(int number, void *buffer, size_t count, int flags) {
    return strikes(FAULTS_RECV, &count) ? -1 : NEXT(recv)(number, buffer, count, flags);
}

ssize_t send(int number, const void *bytes, size_t count, int flags) {
    return strikes(FAULTS_SEND, &count) ? -1 : NEXT(send)(number, bytes, count, flags);
}

int accept4(int number, __SOCKADDR_ARG address, socklen_t *length, int flags) {
    return strikes(FAULTS_ACCEPT4, NULL) ? -1 : NEXT(accept4)(number, address, length, flags);
}

int recvmmsg(int number, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout) {
    size_t amount = count;
    if (strikes(FAULTS_RECVMMSG, &amount)) return -1;
    return NEXT(recvmmsg)(number, messages, (unsigned int)amount, flags, timeout);
}

int sendmmsg(int number, struct mmsghdr *messages, unsigned int count, int flags) {
    size_t amount = count;
    if (strikes(FAULTS_SENDMMSG, &amount)) return -1;
    return NEXT(sendmmsg)(number, messages, (unsigned int)amount, flags);
}

int epoll_ctl(int set, int operation, int number, struct epoll_event *event) {
    enum faults_call call = operation == EPOLL_CTL_ADD   ? FAULTS_EPOLL_ADD
                            : operation == EPOLL_CTL_MOD ? FAULTS_EPOLL_MODIFY
                                                         : FAULTS_EPOLL_REMOVE;
    return strikes(call, NULL) ? -1 : NEXT(epoll_ctl)(set, operation, number, event);
}

int epoll_wait(int set, struct epoll_event *events, int count, int milliseconds) {
    return strikes(FAULTS_EPOLL_WAIT, NULL) ? -1 : NEXT(epoll_wait)(set, events, count, milliseconds);
}

int epoll_create1(int flags) {
    return strikes(FAULTS_EPOLL_CREATE1, NULL) ? -1 : NEXT(epoll_create1)(flags);
}

int eventfd(unsigned int value, int flags) {
    return strikes(FAULTS_EVENTFD, NULL) ? -1 : NEXT(eventfd)(value, flags);
}

int timerfd_create(clockid_t clock, int flags) {
    return strikes(FAULTS_TIMERFD_CREATE, NULL) ? -1 : NEXT(timerfd_create)(clock, flags);
}

int timerfd_settime(int timer, int flags, const struct itimerspec *new, struct itimerspec *old) {
    return strikes(FAULTS_TIMERFD_SETTIME, NULL) ? -1 : NEXT(timerfd_settime)(timer, flags, new, old);
}

// The most that it says is the maximum error of a clock that it calls synchronized.
int adjtimex(struct timex *clock) {
    size_t maximum_error = SIZE_MAX;
    if (strikes(FAULTS_ADJTIMEX, &maximum_error)) return -1;
    int state = NEXT(adjtimex)(clock);
    if (state == -1 || maximum_error == SIZE_MAX) return state;
    clock->status &= ~STA_UNSYNC;
    clock->maxerror = (long)maximum_error;
    return TIME_OK;
}

int socket(int domain, int type, int protocol) {
    return strikes(FAULTS_SOCKET, NULL) ? -1 : NEXT(socket)(domain, type, protocol);
}

int bind(int number, __CONST_SOCKADDR_ARG address, socklen_t length) {
    return strikes(FAULTS_BIND, NULL) ? -1 : NEXT(bind)(number, address, length);
}

int listen(int number, int backlog) {
    return strikes(FAULTS_LISTEN, NULL) ? -1 : NEXT(listen)(number, backlog);
}

int connect(int number, __CONST_SOCKADDR_ARG address, socklen_t length) {
    return strikes(FAULTS_CONNECT, NULL) ? -1 : NEXT(connect)(number, address, length);
}

int setsockopt(int number, int level, int name, const void *value, socklen_t length) {
    return strikes(FAULTS_SETSOCKOPT, NULL) ? -1 : NEXT(setsockopt)(number, level, name, value, length);
}

int getsockopt(int number, int level, int name, void *value, socklen_t *length) {
    return strikes(FAULTS_GETSOCKOPT, NULL) ? -1 : NEXT(getsockopt)(number, level, name, value, length);
}

int getsockname(int number, __SOCKADDR_ARG address, socklen_t *length) {
    return strikes(FAULTS_GETSOCKNAME, NULL) ? -1 : NEXT(getsockname)(number, address, length);
}

int shutdown(int number, int direction) {
    return strikes(FAULTS_SHUTDOWN, NULL) ? -1 : NEXT(shutdown)(number, direction);
}

int poll(struct pollfd *entries, nfds_t count, int milliseconds) {
    // The log waits for its stream, which is no socket.
    bool is_log = count == 1 && entries[0].fd <= STDERR_FILENO;
    return !is_log && strikes(FAULTS_POLL, NULL) ? -1 : NEXT(poll)(entries, count, milliseconds);
}

int ioctl(int number, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (request == SIOCOUTQ && strikes(FAULTS_SIOCOUTQ, NULL)) return -1;
    return NEXT(ioctl)(number, request, argument);
}

void *mmap(void *address, size_t length, int protection, int flags, int number, off_t offset) {
    if (strikes(FAULTS_MMAP, NULL)) return MAP_FAILED;
    return NEXT(mmap)(address, length, protection, flags, number, offset);
}

int munmap(void *address, size_t length) {
    return strikes(FAULTS_MUNMAP, NULL) ? -1 : NEXT(munmap)(address, length);
}

ssize_t recvmsg(int number, struct msghdr *message, int flags) {
    return strikes(FAULTS_RECVMSG, NULL) ? -1 : NEXT(recvmsg)(number, message, flags);
}

ssize_t sendmsg(int number, const struct msghdr *message, int flags) {
    return strikes(FAULTS_SENDMSG, NULL) ? -1 : NEXT(sendmsg)(number, message, flags);
}

int socketpair(int domain, int type, int protocol, int numbers[2]) {
    return strikes(FAULTS_SOCKETPAIR, NULL) ? -1 : NEXT(socketpair)(domain, type, protocol, numbers);
}

int pipe2(int numbers[2], int flags) {
    return strikes(FAULTS_PIPE2, NULL) ? -1 : NEXT(pipe2)(numbers, flags);
}

int getpeername(int number, __SOCKADDR_ARG address, socklen_t *length) {
    return strikes(FAULTS_GETPEERNAME, NULL) ? -1 : NEXT(getpeername)(number, address, length);
}

int memfd_create(const char *name, unsigned int flags) {
    return strikes(FAULTS_MEMFD_CREATE, NULL) ? -1 : NEXT(memfd_create)(name, flags);
}

int fcntl(int number, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (command == F_ADD_SEALS && strikes(FAULTS_ADD_SEALS, NULL)) return -1;
    if (command == F_GET_SEALS && strikes(FAULTS_GET_SEALS, NULL)) return -1;
    return NEXT(fcntl)(number, command, argument);
}

ssize_t pread(int number, void *buffer, size_t count, off_t offset) {
    return strikes(FAULTS_PREAD, &count) ? -1 : NEXT(pread)(number, buffer, count, offset);
}

ssize_t pwrite(int number, const void *bytes, size_t count, off_t offset) {
    return strikes(FAULTS_PWRITE, &count) ? -1 : NEXT(pwrite)(number, bytes, count, offset);
}

#pragma clang attribute pop
