/*
 * The modem behind the awkward vendor: what it answers when it behaves. All state but the radio's belongs to the loop
 * thread. Requests are checked as a careful vendor would (length, NULLs, ranges); what does not fit is answered with
 * INVALID_ARGUMENTS.
 *
 *   GET_SIM_STATUS            one ready USIM, AID A0000000871002, no label; the unused applications are not initialised
 *   GET_IMSI IMEI IMEISV      "001010123456789" "356938035643809" "07"
 *   BASEBAND_VERSION          "awkward 1.0"
 *   OPERATOR                  "Awkward Mobile" "Awkward" "00101"
 *   VOICE_REGISTRATION_STATE  15 strings: "1" "1a2b" "00c0ffee" "3", the others NULL
 *   DATA_REGISTRATION_STATE   6 strings: "1" "1a2b" "00c0ffee" "14" NULL "4"
 *   SIGNAL_STRENGTH           the structure of the version reported: v6, v8 from 8, v10 from 10
 *   DIAL                      DIALING, after 10 ms ALERTING, after 10 ms ACTIVE; UUS comes back in GET_CURRENT_CALLS
 *   ANSWER HANGUP             the incoming call; the call with this index
 *   SEND_SMS                  reference 1, 2, 3 ...; the acknowledgement PDU is the PDU sent
 *   SMS_ACKNOWLEDGE           success, whether it takes or refuses the message
 *   SIM_IO                    9000 and "command,fileid,path,p1,p2,p3,data,pin2,aid", numbers in decimal, NULL as "-"
 *   SETUP_DATA_CALL           the structure of the version reported: v6, v9 from 9, v11 from 11; so DATA_CALL_LIST
 *   DEACTIVATE_DATA_CALL      by cid
 *   RADIO_POWER               off ends all calls; RADIO_STATE_CHANGED follows
 *   SCREEN_STATE              success
 *   GET_ACTIVITY_INFO         10 ms asleep, 20 idle, 1 to 5 sending, 30 receiving
 *   OEM_HOOK_RAW STRINGS      an exact echo, NULL strings included
 */
#ifndef AWKWARD_MODEM_H
#define AWKWARD_MODEM_H

#include <stdbool.h>

#include "../ril_abi.h"
#include "reply.h"

/* The version that RIL_Init reports; it decides about the layout of some answers. */
extern int ril_version;

/* RIL_Init: what the modem remembers is there, see memory.h. */
void modem_start(void);

/* Fills in the reply's payload and returns its error code. */
RIL_Errno modem_answer(int request, const void *data, size_t length, struct reply *reply);
bool modem_supports(int request);

/* Any thread. */
RIL_RadioState modem_radio(void);

/* Loop thread: switches the radio and raises RADIO_STATE_CHANGED. */
void modem_set_radio(RIL_RadioState state);

/* The present signal, and how many of its leading bytes the version reported has. */
RIL_SignalStrength_v10 modem_signal(void);
size_t modem_signal_size(void);

#endif
