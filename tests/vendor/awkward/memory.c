#include "memory.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loop.h"

enum { SIZE = 16 * 1024 };

static max_align_t own[SIZE / sizeof(max_align_t)];
static char *memory = (char *)own;
static size_t used;

bool memory_keep(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    void *kept = MAP_FAILED;
    if (ftruncate(file, SIZE) == 0)
        kept = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (kept == MAP_FAILED)
        return false;
    memory = kept;
    return true;
}

void *memory_part(size_t size)
{
    size_t aligned = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (aligned > SIZE - used)
        die("%zu bytes are more than the modem remembers", size);
    used += aligned;
    return memory + used - aligned;
}

void memory_forget(void)
{
    memset(memory, 0, SIZE);
}
