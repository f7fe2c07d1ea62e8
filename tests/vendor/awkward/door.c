#include "door.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "loop.h"
#include "memory.h"
#include "messages.h"
#include "mischief.h"
#include "pool.h"
#include "seen.h"
#include "unsol.h"

/* Longer than any command; longer data is an echo. */
enum { MAX_COMMAND = 1024, MAX_STORM = 1000000, MAX_RAW = 200000 };

static int remembered_argc;
static char **remembered_argv;

void door_remember_arguments(int argc, char **argv)
{
    remembered_argc = argc;
    remembered_argv = argv;
}

static bool parse_int(const char *text, int min, int max, int *value)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || number < min || number > max)
        return false;
    *value = (int)number;
    return true;
}

/* Each command: the words after its name (empty if none), and the reply, in which it may set a payload of its own. */
typedef bool (*command)(char *rest, struct reply *reply);

static bool do_release(char *rest, struct reply *reply)
{
    (void)reply;
    mischief_release();
    return *rest == '\0';
}

static bool do_invent(char *rest, struct reply *reply)
{
    (void)reply;
    mischief_invent();
    return *rest == '\0';
}

static bool do_storm(char *rest, struct reply *reply)
{
    (void)reply;
    int count;
    if (!parse_int(rest, 1, MAX_STORM, &count))
        return false;
    unsol_storm(count);
    return true;
}

static bool do_raws(char *rest, struct reply *reply)
{
    (void)reply;
    char *count_text = strsep(&rest, " ");
    int count, length;
    if (rest == NULL || !parse_int(count_text, 1, MAX_STORM, &count) || !parse_int(rest, 1, MAX_RAW, &length))
        return false;
    unsol_raise_raws_here(count, length);
    return true;
}

static bool do_unsol(char *rest, struct reply *reply)
{
    (void)reply;
    char *code_text = strsep(&rest, " ");
    int code;
    if (!parse_int(code_text, INT_MIN, INT_MAX, &code))
        return false;
    unsol_raise_text(code, rest);
    return true;
}

static bool do_connected(char *rest, struct reply *reply)
{
    (void)reply;
    int version;
    if (!parse_int(rest, INT_MIN, INT_MAX, &version))
        return false;
    unsol_raise_connected(version);
    return true;
}

static bool do_unsol_huge(char *rest, struct reply *reply)
{
    (void)reply;
    int code;
    if (!parse_int(rest, INT_MIN, INT_MAX, &code))
        return false;
    unsol_raise_huge(code);
    return true;
}

static bool do_say_on(char *rest, struct reply *reply)
{
    (void)reply;
    char *socket_text = strsep(&rest, " ");
    int socket, code;
    if (rest == NULL || !parse_int(socket_text, INT_MIN, INT_MAX, &socket))
        return false;
    char *code_text = strsep(&rest, " ");
    if (!parse_int(code_text, INT_MIN, INT_MAX, &code))
        return false;
    unsol_raise_text_on(socket, code, rest);
    return true;
}

static bool do_ring(char *rest, struct reply *reply)
{
    (void)reply;
    return calls_ring(rest);
}

static bool do_sms(char *rest, struct reply *reply)
{
    (void)reply;
    return messages_come(rest);
}

static bool do_forget(char *rest, struct reply *reply)
{
    (void)reply;
    memory_forget();
    return *rest == '\0';
}

static void fault_segv(void *unused)
{
    (void)unused;
    *(volatile int *)(uintptr_t)16 = 1;
}

static void fault_abrt(void *unused)
{
    (void)unused;
    abort();
}

/* A true fault: some hosts' handlers return from a mere raise(). */
static void fault_bus(void *unused)
{
    (void)unused;
    FILE *empty = tmpfile();
    volatile int *beyond_end = empty == NULL ? MAP_FAILED : mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fileno(empty), 0);
    if (beyond_end == MAP_FAILED)
        die("cannot map an empty file");
    *beyond_end = 1;
}

static void fault_fpe(void *unused)
{
    (void)unused;
    raise(SIGFPE);
}

static void fault_exit(void *unused)
{
    (void)unused;
    exit(3);
}

static bool do_sig(char *rest, struct reply *reply)
{
    (void)reply;
    static const struct {
        const char *name;
        void (*fault)(void *unused);
    } faults[] = {
        {"segv", fault_segv}, {"abrt", fault_abrt}, {"bus", fault_bus}, {"fpe", fault_fpe}, {"exit", fault_exit},
    };
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (strcmp(rest, faults[i].name) == 0) {
            pool_submit(faults[i].fault, NULL);
            return true;
        }
    }
    return false;
}

/* Two minutes at most. Nobody reads what it says. */
static void live_on(void)
{
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++)
        close(standard);
    alarm(120);
    for (;;)
        pause();
}

/* A process that goes on in this code, as after a fork() without an execve(). */
static bool do_fork(char *rest, struct reply *reply)
{
    if (strcmp(rest, "stay") == 0) {
        pid_t stays = fork();
        if (stays == 0)
            live_on();
        const char *text = scratch_format(&reply->scratch, "%d", (int)stays);
        reply_set(reply, text, strlen(text));
        return stays > 0;
    }
    bool segv = strcmp(rest, "segv") == 0;
    if (!segv && strcmp(rest, "exit") != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        if (segv)
            fault_segv(NULL);
        fault_exit(NULL);
    }
    return child > 0 && waitpid(child, NULL, 0) == child;
}

static bool do_here_segv(char *rest, struct reply *reply)
{
    (void)rest;
    (void)reply;
    fault_segv(NULL);
    return true;
}

/* 64 bytes, with the end of the line. */
static const char printed[] = "awkward vendor: a library that has much to say, and says it now\n";
_Static_assert(sizeof(printed) == 64 + 1, "the table in libawkward.c says so");

static bool do_print(char *rest, struct reply *reply)
{
    (void)reply;
    int count;
    if (!parse_int(rest, 1, MAX_STORM, &count))
        return false;
    for (int i = 0; i < count; i++) {
        if (write(STDERR_FILENO, printed, sizeof(printed) - 1) < 0)
            return false;
    }
    return true;
}

/* A page at a time, so that a pipe has no room left in its last one. */
static bool do_fill(char *rest, struct reply *reply)
{
    (void)reply;
    char page[4096];
    for (size_t i = 0; i < sizeof(page); i++)
        page[i] = printed[i % (sizeof(printed) - 1)];
    struct pollfd standard_error = {.fd = STDERR_FILENO, .events = POLLOUT};
    while (poll(&standard_error, 1, 0) == 1) {
        if (write(STDERR_FILENO, page, sizeof(page)) < 0)
            return false;
    }
    return *rest == '\0';
}

static bool do_close(char *rest, struct reply *reply)
{
    (void)reply;
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++)
        close(standard);
    return *rest == '\0';
}

static bool do_sigpipe(char *rest, struct reply *reply)
{
    (void)reply;
    signal(SIGPIPE, SIG_DFL);
    return *rest == '\0';
}

/* One argument a line; the last line says what follows the last argument. */
static bool do_argv(char *rest, struct reply *reply)
{
    const char *text = "";
    for (int i = 0; i < remembered_argc; i++)
        text = scratch_format(&reply->scratch, "%s%s\n", text, remembered_argv[i]);
    text = scratch_format(&reply->scratch, "%s%s", text, remembered_argv[remembered_argc] == NULL ? "NULL" : "no NULL");
    reply_set(reply, text, strlen(text));
    return *rest == '\0';
}

static bool do_socket(char *rest, struct reply *reply)
{
    const char *text = scratch_format(&reply->scratch, "%d", current_socket);
    reply_set(reply, text, strlen(text));
    return *rest == '\0';
}

static bool do_seen(char *rest, struct reply *reply)
{
    const char *text = seen_take(&reply->scratch);
    reply_set(reply, text, strlen(text));
    return *rest == '\0';
}

static const struct {
    const char *name;
    enum mischief arms; /* for the next request, or NONE and */
    command run;
} commands[] = {
    {"double", DOUBLE, NULL},
    {"late", LATE, NULL},
    {"null-ok", NULL_OK, NULL},
    {"error-payload", ERROR_PAYLOAD, NULL},
    {"never", NEVER, NULL},
    {"bad-length", BAD_LENGTH, NULL},
    {"huge-length", HUGE_LENGTH, NULL},
    {"block", BLOCK, NULL},
    {"ack", ACK, NULL},
    {"release", NONE, do_release},
    {"invent", NONE, do_invent},
    {"storm", NONE, do_storm},
    {"raws", NONE, do_raws},
    {"unsol", NONE, do_unsol},
    {"connected", NONE, do_connected},
    {"unsol-huge", NONE, do_unsol_huge},
    {"say-on", NONE, do_say_on},
    {"ring", NONE, do_ring},
    {"sms", NONE, do_sms},
    {"forget", NONE, do_forget},
    {"sig", NONE, do_sig},
    {"here-segv", NONE, do_here_segv},
    {"fork", NONE, do_fork},
    {"print", NONE, do_print},
    {"fill", NONE, do_fill},
    {"close", NONE, do_close},
    {"sigpipe", NONE, do_sigpipe},
    {"argv", NONE, do_argv},
    {"socket", NONE, do_socket},
    {"seen", NONE, do_seen},
};

bool door_takes(const void *data, size_t length, RIL_Token token)
{
    char text[MAX_COMMAND];
    if (data == NULL || length >= sizeof(text) || memchr(data, '\0', length) != NULL)
        return false;
    memcpy(text, data, length);
    text[length] = '\0';

    size_t name_length = strcspn(text, " ");
    char *rest = text + name_length + (text[name_length] == ' ');
    text[name_length] = '\0';
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(text, commands[i].name) != 0)
            continue;
        struct reply *reply = reply_new(token);
        bool obeyed = commands[i].run != NULL ? commands[i].run(rest, reply)
                                              : *rest == '\0' && mischief_arm(commands[i].arms);
        if (!obeyed)
            reply->error = RIL_E_INVALID_ARGUMENTS;
        else if (reply->response == NULL)
            reply_set(reply, data, length);
        reply_send_here(reply);
        return true;
    }
    return false;
}
