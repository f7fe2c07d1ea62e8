/*
 * libdialect.so: a vendor library with numbers of its own. It trusts its rild, as vendors do: it would crash on another
 * message's structure.
 *
 *   10016  dials an emergency number: RIL_Dial; the number is raised as 11010 (a string)
 *   115    SET_UICC_SUBSCRIPTION; its act_status is raised as 1041 (integers)
 *   2086   the permission that 3042 asks for; "may ring N" is raised as 11010
 *   9      no calls
 *   59     raises 3042: call 1 from 5550199, question 7
 *   else   REQUEST_NOT_SUPPORTED
 */
#include <stdio.h>

#include "ril_abi.h"

static const struct RIL_Env *env;

#ifdef ANDROID_MULTI_SIM
#error "this library has one SIM"
#endif

static void raise_text(const char *text)
{
    env->OnUnsolicitedResponse(11010, text, sizeof(char *));
}

static void on_request(int request, void *data, size_t length, RIL_Token token)
{
    RIL_Errno result = RIL_E_SUCCESS;
    switch (request) {
    case 10016:
        raise_text(((const RIL_Dial *)data)->address);
        break;
    case 115:
        env->OnUnsolicitedResponse(1041, &((const RIL_SelectUiccSub *)data)->act_status, sizeof(int));
        break;
    case 2086: {
        const int *permission = data;
        char text[32];
        snprintf(text, sizeof(text), "%s ring %d",
                 length == 3 * sizeof(int) && permission[0] == 0 && permission[1] == 1 ? "may" : "must not",
                 permission[2]);
        raise_text(text);
        break;
    }
    case RIL_REQUEST_GET_CURRENT_CALLS:
        break;
    case RIL_REQUEST_OEM_HOOK_RAW: {
        char *question[] = {"1", "5550199", "129", "0", "7"};
        env->OnUnsolicitedResponse(3042, question, sizeof(question));
        break;
    }
    default:
        result = RIL_E_REQUEST_NOT_SUPPORTED;
    }
    env->OnRequestComplete(token, result, NULL, 0);
}

static RIL_RadioState on_state_request(void)
{
    return RADIO_STATE_ON;
}

static int supports(int request)
{
    (void)request;
    return 1;
}

static void on_cancel(RIL_Token token)
{
    (void)token;
}

static const char *get_version(void)
{
    return "dialect 1.0";
}

__attribute__((visibility("default"))) const RIL_RadioFunctions *RIL_Init(const struct RIL_Env *rild, int argc,
                                                                            char **argv)
{
    static const RIL_RadioFunctions functions = {
        .version = 9,
        .onRequest = on_request,
        .onStateRequest = on_state_request,
        .supports = supports,
        .onCancel = on_cancel,
        .getVersion = get_version,
    };
    (void)argc;
    (void)argv;
    env = rild;
    return &functions;
}
