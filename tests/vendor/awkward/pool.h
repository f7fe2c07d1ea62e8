/* Three threads that do whatever they are given, in the order given but concurrently. Answers and unsolicited messages
 * leave the library from here. */
#ifndef AWKWARD_POOL_H
#define AWKWARD_POOL_H

enum { POOL_THREADS = 3 };

void pool_start(void);
void pool_submit(void (*run)(void *argument), void *argument);

#endif
