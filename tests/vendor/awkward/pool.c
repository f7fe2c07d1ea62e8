#include "pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "loop.h"

struct job {
    void (*run)(void *argument);
    void *argument;
    struct job *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static struct job *first;
static struct job **last = &first;

static struct job take(void)
{
    pthread_mutex_lock(&lock);
    while (first == NULL)
        pthread_cond_wait(&arrived, &lock);
    struct job *taken = first;
    first = taken->next;
    if (first == NULL)
        last = &first;
    pthread_mutex_unlock(&lock);

    struct job job = *taken;
    free(taken);
    return job;
}

static void *work(void *unused)
{
    (void)unused;
    for (;;) {
        struct job job = take();
        job.run(job.argument);
    }
    return NULL;
}

void pool_start(void)
{
    for (int i = 0; i < POOL_THREADS; i++) {
        pthread_t worker;
        if (pthread_create(&worker, NULL, work, NULL) != 0)
            die("cannot start a thread");
        pthread_detach(worker);
    }
}

void pool_submit(void (*run)(void *argument), void *argument)
{
    struct job *job = malloc(sizeof(*job));
    if (job == NULL)
        die("no memory for a job");
    *job = (struct job){run, argument, NULL};
    pthread_mutex_lock(&lock);
    *last = job;
    last = &job->next;
    pthread_cond_signal(&arrived);
    pthread_mutex_unlock(&lock);
}
