/* Unsolicited messages, raised from pool threads. */
#ifndef AWKWARD_UNSOL_H
#define AWKWARD_UNSOL_H

/* Raises one message without payload. Two calls may overtake each other. */
void unsol_raise(int code);

/* Raises two messages without payload, in this order. */
void unsol_raise_pair(int first, int second);

/* Raises one message with a copy of this text; NULL for no payload. The length given does not count the NUL. */
void unsol_raise_text(int code, const char *text);

/* The same on the calling thread, at once. */
void unsol_raise_text_here(int code, const char *text);

/* Raises `count` SIGNAL_STRENGTH from all pool threads at once. Number i of 0..count has CDMA dbm = i and ecio = i + 1. */
void unsol_storm(int count);

#endif
