/*
 * What libril.so exports and vendor libraries use directly, instead of the pointers in RIL_Env: the part of Android 7's
 * libril and librilutils that vendors are known to need.
 */
#ifndef LIBRIL_EXPORTS_H
#define LIBRIL_EXPORTS_H

#include "ril_abi.h"

void RIL_startEventLoop(void);
void RIL_register(const RIL_RadioFunctions *callbacks);
void RIL_onRequestAck(RIL_Token t);
void RIL_onRequestComplete(RIL_Token t, RIL_Errno e, void *response, size_t responselen);
void RIL_onUnsolicitedResponse(int unsolResponse, const void *data, size_t datalen RIL_SOCKET_ARG);
void RIL_requestTimedCallback(RIL_TimedCallback callback, void *param, const struct timeval *relativeTime);

/* Names for logs: "DIAL", "E_SUCCESS" and so on. */
const char *requestToString(int request);
const char *failCauseToString(RIL_Errno e);
const char *callStateToString(int state);
const char *radioStateToString(RIL_RadioState state);
const char *rilSocketIdToString(RIL_SOCKET_ID socket_id);

/* Monotonic nanoseconds. */
uint64_t ril_nano_time(void);

/* Records with a 4-byte big-endian length in front, read from a descriptor. get_next gives 0 and a record, or 0 and
 * NULL at the end, or -1 with errno. */
typedef struct RecordStream RecordStream;
RecordStream *record_stream_new(int fd, size_t maxRecordLen);
void record_stream_free(RecordStream *stream);
int record_stream_get_next(RecordStream *stream, void **record, size_t *recordLen);

#endif
