// Faults of the kernel, injected between a program and libc. A test has the library loaded before libc with LD_PRELOAD
// and controls it, while the program runs, through a file of rules that ECHOD_TEST_FAULTS names and both sides map.
// Tests/System/Faults/InjectedFaults.swift is the other side.
#pragma once

#include <stdatomic.h>
#include <stdint.h>

// The calls, each with the rule at its place in the file.
enum faults_call {
    FAULTS_RECV,
    FAULTS_SEND,
    FAULTS_ACCEPT4,
    FAULTS_RECVMMSG,
    FAULTS_SENDMMSG,
    FAULTS_EPOLL_ADD,
    FAULTS_EPOLL_MODIFY,
    FAULTS_EPOLL_REMOVE,
    FAULTS_EPOLL_WAIT,
    FAULTS_EPOLL_CREATE1,
    FAULTS_EVENTFD,
    FAULTS_TIMERFD_CREATE,
    FAULTS_TIMERFD_SETTIME,
    FAULTS_SOCKET,
    FAULTS_BIND,
    FAULTS_LISTEN,
    FAULTS_CONNECT,
    FAULTS_SETSOCKOPT,
    FAULTS_GETSOCKOPT,
    FAULTS_GETSOCKNAME,
    FAULTS_SHUTDOWN,
    FAULTS_POLL,
    FAULTS_SIOCOUTQ,
    FAULTS_MMAP,
    FAULTS_MUNMAP,
    FAULTS_ADJTIMEX,
    FAULTS_RECVMSG,
    FAULTS_SENDMSG,
    FAULTS_SOCKETPAIR,
    FAULTS_PIPE2,
    FAULTS_GETPEERNAME,
    FAULTS_MEMFD_CREATE,
    FAULTS_ADD_SEALS,
    FAULTS_GET_SEALS,
    FAULTS_PREAD,
    FAULTS_PWRITE,
    FAULTS_CALLS,
};

struct faults_rule {
    // The call's name, written by the library when the program starts.
    char name[24];
    // How often the program called since the test reset it, and how many of these calls were struck.
    _Atomic uint64_t seen, injected;
    // The first call that is struck, counted from 1, or 0 for none; and the step to each further one, or 0 for none.
    _Atomic uint64_t first, every;
    // The errno with which it fails without being made.
    _Atomic uint64_t error;
    // Or, if not 0, the most bytes or messages that it handles: the rest is left to the next call.
    _Atomic uint64_t most;
};
