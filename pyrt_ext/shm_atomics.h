/* The few machine words that shm.pyx needs and Cython has no name for: C11 atomics, a pause, a lock's state. */
#ifndef PYRT_SHM_ATOMICS_H
#define PYRT_SHM_ATOMICS_H

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* The words lie in a read-only mapping: a lock-based atomic would write to it and fault. */
#if ATOMIC_LLONG_LOCK_FREE != 2
#error "64-bit atomics must be lock-free"
#endif

static inline uint64_t shm_load_acquire(const void *word) {
    return atomic_load_explicit((const _Atomic(uint64_t) *)word, memory_order_acquire);
}

static inline uint64_t shm_load_relaxed(const void *word) {
    return atomic_load_explicit((const _Atomic(uint64_t) *)word, memory_order_relaxed);
}

static inline void shm_fence_acquire(void) { atomic_thread_fence(memory_order_acquire); }

/* Tell the core that this is a spin: it yields to its sibling and leaves the loop without a pipeline flush. */
static inline void shm_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

/* Sleep until a word's writer wakes those who wait for it, unless its low half is another than `seen`'s; at most `ns`. 0 if
   woken, else errno: EAGAIN it was another, EINTR a signal, ETIMEDOUT, ENOSYS not here. The page may be read-only. */
static inline int shm_wait(const void *word, uint64_t seen, int64_t ns) {
#if defined(__linux__) && defined(__NR_futex) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    struct timespec most = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    return syscall(__NR_futex, word, FUTEX_WAIT, (uint32_t)seen, &most, (void *)0, 0) == 0 ? 0 : errno;
#else
    (void)word, (void)seen, (void)ns;
    return ENOSYS;
#endif
}

/* Is the write lock on the first byte held by anyone? 1 yes, 0 no, -1 this system cannot tell. Takes nothing. */
static inline int shm_first_byte_locked(int fd) {
#ifdef F_OFD_GETLK
    struct flock lock = {.l_type = F_RDLCK, .l_whence = 0, .l_start = 0, .l_len = 1, .l_pid = 0};
    if (fcntl(fd, F_OFD_GETLK, &lock) == 0) return lock.l_type != F_UNLCK;
#else
    (void)fd;
#endif
    return -1;
}

#endif
