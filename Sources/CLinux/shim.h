#pragma once
// The Linux calls that Swift's Glibc module does not show: epoll, eventfd, signalfd, accept4 and their constants.
// Wrappers exist only where a macro, a variadic or a union keeps Swift from calling the function itself.
#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// struct epoll_event holds a union and is packed; the 64-bit user data is all that lip uses of it.
static inline int lip_epoll_ctl(int epoll, int op, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event;
    event.events = events;
    event.data.u64 = data;
    return epoll_ctl(epoll, op, fd, op == EPOLL_CTL_DEL ? 0 : &event);
}
static inline uint64_t lip_epoll_data(const struct epoll_event *event) { return event->data.u64; }
static inline uint32_t lip_epoll_events(const struct epoll_event *event) { return event->events; }

// accept4 is declared only under _GNU_SOURCE, which must not be defined in a module header (it changes fd_set).
int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags);

// The bytes in a socket's send queue that its peer has not acknowledged (tcp(7)); -1 where that cannot be told.
static inline int lip_untaken_bytes(int fd) {
    int count = 0;
    return ioctl(fd, SIOCOUTQ, &count) == 0 ? count : -1;
}

// The same holds for the name of a thread.
int pthread_setname_np(pthread_t thread, const char *name);

// The socket types are enum constants of a header that several modules include; in whole-module builds Swift sees only
// one module's copy, which need not be one that the file imports. These are CLinux's own.
static const int LIP_SOCK_STREAM = SOCK_STREAM;
static const int LIP_SOCK_CLOEXEC = SOCK_CLOEXEC;
static const int LIP_SOCK_NONBLOCK = SOCK_NONBLOCK;
