/* Unsolicited messages, raised from pool threads. */
#ifndef AWKWARD_UNSOL_H
#define AWKWARD_UNSOL_H

#include "../ril_abi.h"

/* The socket of the latest request, 0 in the single-SIM flavour. Messages are raised on it. Loop thread only. */
extern RIL_SOCKET_ID current_socket;

/* Raises one message without payload. Two calls may overtake each other. */
void unsol_raise(int code);

/* Raises two messages without payload, in this order. */
void unsol_raise_pair(int first, int second);

/* Raises one message with a copy of this text; NULL for no payload. The length given does not count the NUL. */
void unsol_raise_text(int code, const char *text);

/* The same on the socket with this id; there is one only in the single-SIM flavour. */
void unsol_raise_text_on(int socket, int code, const char *text);

/* As unsol_raise_text on the calling thread, at once. */
void unsol_raise_text_here(int code, const char *text);

/* Raises `count` SIGNAL_STRENGTH from all pool threads at once, numbered from 0: CDMA dbm is i, its ecio i + 1. */
void unsol_storm(int count);

/* Raises `count` OEM_HOOK_RAW of `length` bytes on the calling thread, at once. */
void unsol_raise_raws_here(int count, int length);

#endif
