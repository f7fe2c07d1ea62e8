#include "loop.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

const struct RIL_Env *env;

static atomic_bool inside;
static atomic_bool thread_known; /* behind `thread`, which is written before */
static pthread_t thread;

_Noreturn void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("awkward vendor: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

void loop_enter(const char *what)
{
    if (atomic_exchange(&inside, true))
        die("%s was called while another onRequest or timed callback was still running", what);
    if (!thread_known) {
        thread = pthread_self();
        thread_known = true;
    } else if (!pthread_equal(thread, pthread_self())) {
        die("%s was called on a second thread; onRequest and timed callbacks belong on one", what);
    }
}

void loop_leave(void)
{
    atomic_store(&inside, false);
}

bool loop_is_here(void)
{
    return thread_known && pthread_equal(thread, pthread_self());
}

struct timer {
    void (*callback)(uintptr_t argument);
    uintptr_t argument;
};

static void timer_fires(void *param)
{
    struct timer timer = *(struct timer *)param;
    free(param);
    loop_enter("a timed callback");
    timer.callback(timer.argument);
    loop_leave();
}

void loop_after(unsigned milliseconds, void (*callback)(uintptr_t argument), uintptr_t argument)
{
    struct timer *timer = malloc(sizeof(*timer));
    if (timer == NULL)
        die("no memory for a timer");
    *timer = (struct timer){callback, argument};

    struct timeval delay = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    env->RequestTimedCallback(timer_fires, timer, milliseconds == 0 ? NULL : &delay);
    memset(&delay, 0xAA, sizeof(delay)); /* the host has no business with it any more */
}
