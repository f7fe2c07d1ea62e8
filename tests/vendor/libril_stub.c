/*
 * A libril.so to link liblinked.so against where the real one is not at hand (SONAME libril.so). Its only purpose is
 * the DT_NEEDED entry: nothing here may ever be called, and each function says so.
 */
#include <stdio.h>
#include <stdlib.h>

#define NOT_HERE(name)                                                     \
    void name(void);                                                       \
    void name(void)                                                        \
    {                                                                      \
        fputs(#name " was resolved to the link-time libril.so\n", stderr); \
        abort();                                                           \
    }

NOT_HERE(RIL_register)
NOT_HERE(RIL_onRequestAck)
NOT_HERE(RIL_onRequestComplete)
NOT_HERE(RIL_onUnsolicitedResponse)
NOT_HERE(RIL_requestTimedCallback)
NOT_HERE(requestToString)
NOT_HERE(failCauseToString)
NOT_HERE(callStateToString)
NOT_HERE(radioStateToString)
NOT_HERE(rilSocketIdToString)
NOT_HERE(ril_nano_time)
NOT_HERE(record_stream_new)
NOT_HERE(record_stream_free)
NOT_HERE(record_stream_get_next)
