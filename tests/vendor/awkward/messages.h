/*
 * The short message that the network has for the awkward vendor's modem, until it is acknowledged. Loop thread only. A
 * library that starts is given it again, as a network sends again what nobody has acknowledged (3GPP TS 23.040, 10).
 */
#ifndef AWKWARD_MESSAGES_H
#define AWKWARD_MESSAGES_H

#include <stdbool.h>

#include "reply.h"

void messages_start(void);

/* A message comes: NEW_SMS. It takes the place of one that waits. False when it is none. */
bool messages_come(const char *pdu);

/* There is a host that listens: NEW_SMS for the message of an earlier start, if one waits. */
void messages_come_again(void);

/* SMS_ACKNOWLEDGE. A message that is refused is not sent again here. */
RIL_Errno messages_acknowledge(const void *data, size_t length, struct reply *reply);

#endif
