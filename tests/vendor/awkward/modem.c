#include "modem.h"

#include <stdatomic.h>
#include <string.h>

#include "calls.h"
#include "data_calls.h"
#include "loop.h"
#include "messages.h"
#include "request.h"
#include "unsol.h"

int ril_version = 12;

static atomic_int radio = RADIO_STATE_UNAVAILABLE;

void modem_start(void)
{
    calls_start();
    data_calls_start();
    messages_start();
}

RIL_RadioState modem_radio(void)
{
    return atomic_load(&radio);
}

void modem_set_radio(RIL_RadioState state)
{
    atomic_store(&radio, state);
    if (state != RADIO_STATE_ON) {
        calls_end_all();
        data_calls_end_all();
    }
    unsol_raise(RIL_UNSOL_RESPONSE_RADIO_STATE_CHANGED);
}

RIL_SignalStrength_v10 modem_signal(void)
{
    return (RIL_SignalStrength_v10){
        .GW_SignalStrength = {.signalStrength = 17, .bitErrorRate = 3},
        .CDMA_SignalStrength = {.dbm = 75, .ecio = 90},
        .EVDO_SignalStrength = {.dbm = 76, .ecio = 91, .signalNoiseRatio = 6},
        .LTE_SignalStrength =
            {.signalStrength = 20, .rsrp = 95, .rsrq = 11, .rssnr = 120, .cqi = 9, .timingAdvance = 4},
        .TD_SCDMA_SignalStrength = {.rscp = 60},
    };
}

size_t modem_signal_size(void)
{
    if (ril_version < 8)
        return sizeof(RIL_SignalStrength_v6);
    return ril_version < 10 ? sizeof(RIL_SignalStrength_v8) : sizeof(RIL_SignalStrength_v10);
}

static RIL_Errno get_sim_status(const void *data, size_t length, struct reply *reply)
{
    if (!request_is_void(data, length))
        return RIL_E_INVALID_ARGUMENTS;
    RIL_CardStatus_v6 status;
    memset(&status, SPOILED, sizeof(status));
    status.card_state = RIL_CARDSTATE_PRESENT;
    status.universal_pin_state = RIL_PINSTATE_UNKNOWN;
    status.gsm_umts_subscription_app_index = 0;
    status.cdma_subscription_app_index = -1;
    status.ims_subscription_app_index = -1;
    status.num_applications = 1;
    status.applications[0] = (RIL_AppStatus){
        .app_type = RIL_APPTYPE_USIM,
        .app_state = RIL_APPSTATE_READY,
        .perso_substate = RIL_PERSOSUBSTATE_READY,
        .aid_ptr = scratch_string(&reply->scratch, "A0000000871002"),
        .app_label_ptr = NULL,
        .pin1_replaced = 0,
        .pin1 = RIL_PINSTATE_DISABLED,
        .pin2 = RIL_PINSTATE_ENABLED_VERIFIED,
    };
    reply_set(reply, &status, sizeof(status));
    return RIL_E_SUCCESS;
}

static RIL_Errno string_for_void(const void *data, size_t length, struct reply *reply, const char *text)
{
    if (!request_is_void(data, length))
        return RIL_E_INVALID_ARGUMENTS;
    reply_set_string(reply, text);
    return RIL_E_SUCCESS;
}

static RIL_Errno get_imei(const void *data, size_t length, struct reply *reply)
{
    return string_for_void(data, length, reply, "356938035643809");
}

static RIL_Errno get_imeisv(const void *data, size_t length, struct reply *reply)
{
    return string_for_void(data, length, reply, "07");
}

static RIL_Errno baseband_version(const void *data, size_t length, struct reply *reply)
{
    return string_for_void(data, length, reply, "awkward 1.0");
}

/* A request of strings: none, or the AID of the application. */
static RIL_Errno get_imsi(const void *data, size_t length, struct reply *reply)
{
    int count = request_strings(data, length);
    if (count < 0 || count > 1)
        return RIL_E_INVALID_ARGUMENTS;
    reply_set_string(reply, "001010123456789");
    return RIL_E_SUCCESS;
}

/* Each string in a block of its own, the array of pointers in another. */
static void set_strings(struct reply *reply, const char *const *strings, size_t count)
{
    char **copies = scratch_alloc(&reply->scratch, count * sizeof(char *));
    for (size_t i = 0; i < count; i++)
        copies[i] = scratch_string(&reply->scratch, strings[i]);
    reply->response = copies;
    reply->length = count * sizeof(char *);
}

static RIL_Errno strings_for_void(const void *data, size_t length, struct reply *reply, const char *const *strings,
                                  size_t count)
{
    if (!request_is_void(data, length))
        return RIL_E_INVALID_ARGUMENTS;
    set_strings(reply, strings, count);
    return RIL_E_SUCCESS;
}

static RIL_Errno operator_names(const void *data, size_t length, struct reply *reply)
{
    static const char *const names[3] = {"Awkward Mobile", "Awkward", "00101"};
    return strings_for_void(data, length, reply, names, 3);
}

static RIL_Errno voice_registration(const void *data, size_t length, struct reply *reply)
{
    static const char *const state[15] = {"1", "1a2b", "00c0ffee", "3"};
    return strings_for_void(data, length, reply, state, 15);
}

static RIL_Errno data_registration(const void *data, size_t length, struct reply *reply)
{
    static const char *const state[6] = {"1", "1a2b", "00c0ffee", "14", NULL, "4"};
    return strings_for_void(data, length, reply, state, 6);
}

static RIL_Errno signal_strength(const void *data, size_t length, struct reply *reply)
{
    if (!request_is_void(data, length))
        return RIL_E_INVALID_ARGUMENTS;
    RIL_SignalStrength_v10 signal = modem_signal();
    reply_set(reply, &signal, modem_signal_size());
    return RIL_E_SUCCESS;
}

static RIL_Errno send_sms(const void *data, size_t length, struct reply *reply)
{
    static int reference;
    char *const *strings = data; /* the service centre, which may be NULL, and the PDU */
    if (request_strings(data, length) != 2 || strings[1] == NULL || strings[1][0] == '\0')
        return RIL_E_INVALID_ARGUMENTS;
    RIL_SMS_Response response = {
        .messageRef = ++reference,
        .ackPDU = scratch_string(&reply->scratch, strings[1]),
        .errorCode = -1,
    };
    reply_set(reply, &response, sizeof(response));
    return RIL_E_SUCCESS;
}

static const char *or_dash(const char *text)
{
    return text == NULL ? "-" : text;
}

static RIL_Errno sim_io(const void *data, size_t length, struct reply *reply)
{
    const RIL_SIM_IO_v6 *io = data;
    if (data == NULL || length != sizeof(*io))
        return RIL_E_INVALID_ARGUMENTS;
    RIL_SIM_IO_Response response = {
        .sw1 = 0x90,
        .sw2 = 0x00,
        .simResponse = scratch_format(&reply->scratch, "%d,%d,%s,%d,%d,%d,%s,%s,%s", io->command, io->fileid,
                                      or_dash(io->path), io->p1, io->p2, io->p3, or_dash(io->data), or_dash(io->pin2),
                                      or_dash(io->aidPtr)),
    };
    reply_set(reply, &response, sizeof(response));
    return RIL_E_SUCCESS;
}

static RIL_Errno radio_power(const void *data, size_t length, struct reply *reply)
{
    (void)reply;
    if (!request_has_ints(data, length, 1))
        return RIL_E_INVALID_ARGUMENTS;
    modem_set_radio(*(const int *)data > 0 ? RADIO_STATE_ON : RADIO_STATE_OFF);
    return RIL_E_SUCCESS;
}

static RIL_Errno screen_state(const void *data, size_t length, struct reply *reply)
{
    (void)reply;
    return request_has_ints(data, length, 1) ? RIL_E_SUCCESS : RIL_E_INVALID_ARGUMENTS;
}

static RIL_Errno activity_info(const void *data, size_t length, struct reply *reply)
{
    if (!request_is_void(data, length))
        return RIL_E_INVALID_ARGUMENTS;
    RIL_ActivityStatsInfo activity = {
        .sleep_mode_time_ms = 10,
        .idle_mode_time_ms = 20,
        .tx_mode_time_ms = {1, 2, 3, 4, 5},
        .rx_mode_time_ms = 30,
    };
    reply_set(reply, &activity, sizeof(activity));
    return RIL_E_SUCCESS;
}

static RIL_Errno oem_hook_raw(const void *data, size_t length, struct reply *reply)
{
    if (data == NULL && length != 0)
        return RIL_E_INVALID_ARGUMENTS;
    reply_set(reply, data, length);
    return RIL_E_SUCCESS;
}

static RIL_Errno oem_hook_strings(const void *data, size_t length, struct reply *reply)
{
    int count = request_strings(data, length);
    if (count < 0)
        return RIL_E_INVALID_ARGUMENTS;
    set_strings(reply, data, (size_t)count);
    return RIL_E_SUCCESS;
}

static const struct {
    int request;
    RIL_Errno (*answer)(const void *data, size_t length, struct reply *reply);
} answers[] = {
    {RIL_REQUEST_GET_SIM_STATUS, get_sim_status},
    {RIL_REQUEST_GET_CURRENT_CALLS, calls_get_current},
    {RIL_REQUEST_DIAL, calls_dial},
    {RIL_REQUEST_GET_IMSI, get_imsi},
    {RIL_REQUEST_HANGUP, calls_hangup},
    {RIL_REQUEST_SIGNAL_STRENGTH, signal_strength},
    {RIL_REQUEST_VOICE_REGISTRATION_STATE, voice_registration},
    {RIL_REQUEST_DATA_REGISTRATION_STATE, data_registration},
    {RIL_REQUEST_OPERATOR, operator_names},
    {RIL_REQUEST_RADIO_POWER, radio_power},
    {RIL_REQUEST_SEND_SMS, send_sms},
    {RIL_REQUEST_SMS_ACKNOWLEDGE, messages_acknowledge},
    {RIL_REQUEST_SETUP_DATA_CALL, data_calls_setup},
    {RIL_REQUEST_SIM_IO, sim_io},
    {RIL_REQUEST_GET_IMEI, get_imei},
    {RIL_REQUEST_GET_IMEISV, get_imeisv},
    {RIL_REQUEST_ANSWER, calls_answer},
    {RIL_REQUEST_DEACTIVATE_DATA_CALL, data_calls_deactivate},
    {RIL_REQUEST_BASEBAND_VERSION, baseband_version},
    {RIL_REQUEST_DATA_CALL_LIST, data_calls_list},
    {RIL_REQUEST_OEM_HOOK_RAW, oem_hook_raw},
    {RIL_REQUEST_OEM_HOOK_STRINGS, oem_hook_strings},
    {RIL_REQUEST_SCREEN_STATE, screen_state},
    {RIL_REQUEST_GET_ACTIVITY_INFO, activity_info},
};
enum { ANSWERS = sizeof(answers) / sizeof(answers[0]) };

RIL_Errno modem_answer(int request, const void *data, size_t length, struct reply *reply)
{
    for (size_t i = 0; i < ANSWERS; i++)
        if (answers[i].request == request)
            return answers[i].answer(data, length, reply);
    return RIL_E_REQUEST_NOT_SUPPORTED;
}

bool modem_supports(int request)
{
    for (size_t i = 0; i < ANSWERS; i++)
        if (answers[i].request == request)
            return true;
    return false;
}
