/*
 * The C interface between a rild and a vendor library, as far as the test vendors need it: the names, numbers and
 * layouts of Android's ril.h (versions 6 to 15), written down anew.
 *
 * Fields that ril.h declares as an enum are `int` here: both are 4 bytes on every ABI that Android has. A `char` stays
 * a plain `char`, whose sign differs between x86 and Arm. Nothing here needs libc headers, so that layout.c can be
 * compiled for foreign targets.
 *
 * Define ANDROID_MULTI_SIM for the flavour with a socket id as last argument.
 */
#ifndef RIL_ABI_H
#define RIL_ABI_H

#include <stddef.h>
#include <stdint.h>

struct timeval;

typedef void *RIL_Token;

/* ---- errors (RIL_Errno) ---- */
enum {
    RIL_E_SUCCESS = 0,
    RIL_E_RADIO_NOT_AVAILABLE = 1,
    RIL_E_GENERIC_FAILURE = 2,
    RIL_E_REQUEST_NOT_SUPPORTED = 6,
    RIL_E_CANCELLED = 7,
    RIL_E_INVALID_ARGUMENTS = 44,
    RIL_E_OEM_ERROR_1 = 501
};
typedef int RIL_Errno;

/* ---- radio states (RIL_RadioState) ---- */
enum { RADIO_STATE_OFF = 0, RADIO_STATE_UNAVAILABLE = 1, RADIO_STATE_ON = 10 };
typedef int RIL_RadioState;

/* ---- requests ---- */
enum {
    RIL_REQUEST_GET_SIM_STATUS = 1,
    RIL_REQUEST_GET_CURRENT_CALLS = 9,
    RIL_REQUEST_DIAL = 10,
    RIL_REQUEST_GET_IMSI = 11,
    RIL_REQUEST_HANGUP = 12,
    RIL_REQUEST_SIGNAL_STRENGTH = 19,
    RIL_REQUEST_VOICE_REGISTRATION_STATE = 20,
    RIL_REQUEST_DATA_REGISTRATION_STATE = 21,
    RIL_REQUEST_OPERATOR = 22,
    RIL_REQUEST_RADIO_POWER = 23,
    RIL_REQUEST_DTMF = 24,
    RIL_REQUEST_SEND_SMS = 25,
    RIL_REQUEST_SETUP_DATA_CALL = 27,
    RIL_REQUEST_SIM_IO = 28,
    RIL_REQUEST_SMS_ACKNOWLEDGE = 37,
    RIL_REQUEST_GET_IMEI = 38,
    RIL_REQUEST_GET_IMEISV = 39,
    RIL_REQUEST_ANSWER = 40,
    RIL_REQUEST_DEACTIVATE_DATA_CALL = 41,
    RIL_REQUEST_BASEBAND_VERSION = 51,
    RIL_REQUEST_DATA_CALL_LIST = 57,
    RIL_REQUEST_OEM_HOOK_RAW = 59,
    RIL_REQUEST_OEM_HOOK_STRINGS = 60,
    RIL_REQUEST_SCREEN_STATE = 61,
    RIL_REQUEST_ALLOW_DATA = 123,
    RIL_REQUEST_GET_ACTIVITY_INFO = 135
};

/* ---- unsolicited messages ---- */
enum {
    RIL_UNSOL_RESPONSE_RADIO_STATE_CHANGED = 1000,
    RIL_UNSOL_RESPONSE_CALL_STATE_CHANGED = 1001,
    RIL_UNSOL_RESPONSE_NEW_SMS = 1003,
    RIL_UNSOL_SIGNAL_STRENGTH = 1009,
    RIL_UNSOL_DATA_CALL_LIST_CHANGED = 1010,
    RIL_UNSOL_CALL_RING = 1018,
    RIL_UNSOL_OEM_HOOK_RAW = 1028,
    RIL_UNSOL_RIL_CONNECTED = 1034
};

/* ---- values inside the structures ---- */
enum { RIL_CALL_ACTIVE, RIL_CALL_HOLDING, RIL_CALL_DIALING, RIL_CALL_ALERTING, RIL_CALL_INCOMING, RIL_CALL_WAITING };
enum { RIL_CARDSTATE_PRESENT = 1, RIL_APPTYPE_USIM = 2, RIL_APPSTATE_READY = 5 };
enum { RIL_PINSTATE_UNKNOWN = 0, RIL_PINSTATE_ENABLED_VERIFIED = 2, RIL_PINSTATE_DISABLED = 3 };
enum { RIL_PERSOSUBSTATE_READY = 2 };

#define RIL_CARD_MAX_APPS 8
#define MAX_UUID_LENGTH 64
#define CDMA_ALPHA_INFO_BUFFER_LENGTH 64
#define CDMA_NUMBER_INFO_BUFFER_LENGTH 81
#define RIL_CDMA_MAX_NUMBER_OF_INFO_RECS 10
#define RIL_CDMA_SMS_ADDRESS_MAX 36
#define RIL_CDMA_SMS_SUBADDRESS_MAX 36
#define RIL_CDMA_SMS_BEARER_DATA_MAX 255
#define RIL_NUM_TX_POWER_LEVELS 5
#define SS_INFO_MAX 4
#define NUM_SERVICE_CLASSES 7

/* ---- calls ---- */
typedef struct {
    int uusType;
    int uusDcs;
    int uusLength;
    char *uusData;
} RIL_UUS_Info;

typedef struct {
    char *address;
    int clir;
    RIL_UUS_Info *uusInfo;
} RIL_Dial;

typedef struct {
    int state;
    int index;
    int toa;
    char isMpty;
    char isMT;
    char als;
    char isVoice;
    char isVoicePrivacy;
    char *number;
    int numberPresentation;
    char *name;
    int namePresentation;
    RIL_UUS_Info *uusInfo;
} RIL_Call;

typedef struct {
    int cause_code;
    char *vendor_cause;
} RIL_LastCallFailCauseInfo;

typedef struct {
    int status;
    int reason;
    int serviceClass;
    int toa;
    char *number;
    int timeSeconds;
} RIL_CallForwardInfo;

typedef struct {
    int notificationType;
    int code;
    int index;
    int type;
    char *number;
} RIL_SuppSvcNotification;

typedef struct {
    int numValidIndexes;
    RIL_CallForwardInfo cfInfo[NUM_SERVICE_CLASSES];
} RIL_CfData;

typedef struct {
    int serviceType;
    int requestType;
    int teleserviceType;
    int serviceClass;
    RIL_Errno result;
    union {
        int ssInfo[SS_INFO_MAX];
        RIL_CfData cfData;
    };
} RIL_StkCcUnsolSsResponse;

/* ---- the SIM ---- */
typedef struct {
    int app_type;
    int app_state;
    int perso_substate;
    char *aid_ptr;
    char *app_label_ptr;
    int pin1_replaced;
    int pin1;
    int pin2;
} RIL_AppStatus;

typedef struct {
    int card_state;
    int universal_pin_state;
    int gsm_umts_subscription_app_index;
    int cdma_subscription_app_index;
    int num_applications;
    RIL_AppStatus applications[RIL_CARD_MAX_APPS];
} RIL_CardStatus_v5;

typedef struct {
    int card_state;
    int universal_pin_state;
    int gsm_umts_subscription_app_index;
    int cdma_subscription_app_index;
    int ims_subscription_app_index;
    int num_applications;
    RIL_AppStatus applications[RIL_CARD_MAX_APPS];
} RIL_CardStatus_v6;

typedef struct {
    int command;
    int fileid;
    char *path;
    int p1;
    int p2;
    int p3;
    char *data;
    char *pin2;
} RIL_SIM_IO_v5;

typedef struct {
    int command;
    int fileid;
    char *path;
    int p1;
    int p2;
    int p3;
    char *data;
    char *pin2;
    char *aidPtr;
} RIL_SIM_IO_v6;

typedef struct {
    int sessionid;
    int cla;
    int instruction;
    int p1;
    int p2;
    int p3;
    char *data;
} RIL_SIM_APDU;

typedef struct {
    int sw1;
    int sw2;
    char *simResponse;
} RIL_SIM_IO_Response;

typedef struct {
    int result;
    int ef_id;
    char *aid;
} RIL_SimRefreshResponse_v7;

typedef struct {
    int authContext;
    char *authData;
    char *aid;
} RIL_SimAuthentication;

typedef struct {
    int slot;
    int app_index;
    int sub_type;
    int act_status;
} RIL_SelectUiccSub;

/* ---- short messages and broadcasts ---- */
typedef struct {
    int messageRef;
    char *ackPDU;
    int errorCode;
} RIL_SMS_Response;

typedef struct {
    int status;
    char *pdu;
    char *smsc;
} RIL_SMS_WriteArgs;

typedef struct {
    int fromServiceId;
    int toServiceId;
    int fromCodeScheme;
    int toCodeScheme;
    unsigned char selected;
} RIL_GSM_BroadcastSmsConfigInfo;

typedef struct {
    int service_category;
    int language;
    unsigned char selected;
} RIL_CDMA_BroadcastSmsConfigInfo;

typedef struct {
    int digit_mode;
    int number_mode;
    int number_type;
    int number_plan;
    unsigned char number_of_digits;
    unsigned char digits[RIL_CDMA_SMS_ADDRESS_MAX];
} RIL_CDMA_SMS_Address;

typedef struct {
    int subaddressType;
    unsigned char odd;
    unsigned char number_of_digits;
    unsigned char digits[RIL_CDMA_SMS_SUBADDRESS_MAX];
} RIL_CDMA_SMS_Subaddress;

typedef struct {
    int uTeleserviceID;
    unsigned char bIsServicePresent;
    int uServicecategory;
    RIL_CDMA_SMS_Address sAddress;
    RIL_CDMA_SMS_Subaddress sSubAddress;
    int uBearerDataLen;
    unsigned char aBearerData[RIL_CDMA_SMS_BEARER_DATA_MAX];
} RIL_CDMA_SMS_Message;

typedef struct {
    int uErrorClass;
    int uSMSCauseCode;
} RIL_CDMA_SMS_Ack;

typedef struct {
    int status;
    RIL_CDMA_SMS_Message message;
} RIL_CDMA_SMS_WriteArgs;

typedef struct {
    int tech;
    unsigned char retry;
    int messageRef;
    union {
        RIL_CDMA_SMS_Message *cdmaMessage;
        char **gsmMessage;
    } message;
} RIL_IMS_SMS_Message;

/* ---- packet data ---- */
typedef struct {
    int cid;
    int active;
    char *type;
    char *apn;
    char *address;
} RIL_Data_Call_Response_v4;

typedef struct {
    int status;
    int suggestedRetryTime;
    int cid;
    int active;
    char *type;
    char *ifname;
    char *addresses;
    char *dnses;
    char *gateways;
} RIL_Data_Call_Response_v6;

typedef struct {
    int status;
    int suggestedRetryTime;
    int cid;
    int active;
    char *type;
    char *ifname;
    char *addresses;
    char *dnses;
    char *gateways;
    char *pcscf;
} RIL_Data_Call_Response_v9;

typedef struct {
    int status;
    int suggestedRetryTime;
    int cid;
    int active;
    char *type;
    char *ifname;
    char *addresses;
    char *dnses;
    char *gateways;
    char *pcscf;
    int mtu;
} RIL_Data_Call_Response_v11;

typedef struct {
    char *apn;
    char *protocol;
    int authtype;
    char *username;
    char *password;
} RIL_InitialAttachApn;

typedef struct {
    char *apn;
    char *protocol;
    char *roamingProtocol;
    int authtype;
    char *username;
    char *password;
    int supportedTypesBitmask;
    int bearerBitmask;
    int modemCognitive;
    int mtu;
    char *mvnoType;
    char *mvnoMatchData;
} RIL_InitialAttachApn_v15;

typedef struct {
    int profileId;
    char *apn;
    char *protocol;
    int authType;
    char *user;
    char *password;
    int type;
    int maxConnsTime;
    int maxConns;
    int waitTime;
    int enabled;
} RIL_DataProfileInfo;

typedef struct {
    int profileId;
    char *apn;
    char *protocol;
    char *roamingProtocol;
    int authType;
    char *user;
    char *password;
    int type;
    int maxConnsTime;
    int maxConns;
    int waitTime;
    int enabled;
    int supportedTypesBitmask;
    int bearerBitmask;
    int mtu;
    char *mvnoType;
    char *mvnoMatchData;
} RIL_DataProfileInfo_v15;

typedef struct {
    int cid;
    char *bearer_proto;
    int pco_id;
    int contents_length;
    char *contents;
} RIL_PCO_Data;

typedef struct {
    uint64_t time;
    int powerState;
} RIL_DcRtInfo;

typedef struct {
    char lce_status;
    unsigned int actual_interval_ms;
} RIL_LceStatusInfo;

typedef struct {
    unsigned int last_hop_capacity_kbps;
    unsigned char confidence_level;
    unsigned char lce_suspended;
} RIL_LceDataInfo;

/* ---- signal strength ---- */
typedef struct {
    int signalStrength;
    int bitErrorRate;
} RIL_GW_SignalStrength;

typedef struct {
    int signalStrength;
    int bitErrorRate;
    int timingAdvance;
} RIL_GSM_SignalStrength_v12;

typedef struct {
    int signalStrength;
    int bitErrorRate;
} RIL_SignalStrengthWcdma;

typedef struct {
    int dbm;
    int ecio;
} RIL_CDMA_SignalStrength;

typedef struct {
    int dbm;
    int ecio;
    int signalNoiseRatio;
} RIL_EVDO_SignalStrength;

typedef struct {
    int signalStrength;
    int rsrp;
    int rsrq;
    int rssnr;
    int cqi;
} RIL_LTE_SignalStrength;

typedef struct {
    int signalStrength;
    int rsrp;
    int rsrq;
    int rssnr;
    int cqi;
    int timingAdvance;
} RIL_LTE_SignalStrength_v8;

typedef struct {
    int rscp;
} RIL_TD_SCDMA_SignalStrength;

typedef struct {
    RIL_GW_SignalStrength GW_SignalStrength;
    RIL_CDMA_SignalStrength CDMA_SignalStrength;
    RIL_EVDO_SignalStrength EVDO_SignalStrength;
} RIL_SignalStrength_v5;

typedef struct {
    RIL_GW_SignalStrength GW_SignalStrength;
    RIL_CDMA_SignalStrength CDMA_SignalStrength;
    RIL_EVDO_SignalStrength EVDO_SignalStrength;
    RIL_LTE_SignalStrength LTE_SignalStrength;
} RIL_SignalStrength_v6;

typedef struct {
    RIL_GW_SignalStrength GW_SignalStrength;
    RIL_CDMA_SignalStrength CDMA_SignalStrength;
    RIL_EVDO_SignalStrength EVDO_SignalStrength;
    RIL_LTE_SignalStrength_v8 LTE_SignalStrength;
} RIL_SignalStrength_v8;

typedef struct {
    RIL_GW_SignalStrength GW_SignalStrength;
    RIL_CDMA_SignalStrength CDMA_SignalStrength;
    RIL_EVDO_SignalStrength EVDO_SignalStrength;
    RIL_LTE_SignalStrength_v8 LTE_SignalStrength;
    RIL_TD_SCDMA_SignalStrength TD_SCDMA_SignalStrength;
} RIL_SignalStrength_v10;

/* ---- cells ---- */
typedef struct {
    char *cid;
    int rssi;
} RIL_NeighboringCell;

typedef struct {
    int mcc;
    int mnc;
    int lac;
    int cid;
} RIL_CellIdentityGsm;

typedef struct {
    int mcc;
    int mnc;
    int lac;
    int cid;
    int arfcn;
    uint8_t bsic;
} RIL_CellIdentityGsm_v12;

typedef struct {
    int mcc;
    int mnc;
    int lac;
    int cid;
    int psc;
} RIL_CellIdentityWcdma;

typedef struct {
    int mcc;
    int mnc;
    int lac;
    int cid;
    int psc;
    int uarfcn;
} RIL_CellIdentityWcdma_v12;

typedef struct {
    int networkId;
    int systemId;
    int basestationId;
    int longitude;
    int latitude;
} RIL_CellIdentityCdma;

typedef struct {
    int mcc;
    int mnc;
    int ci;
    int pci;
    int tac;
} RIL_CellIdentityLte;

typedef struct {
    int mcc;
    int mnc;
    int ci;
    int pci;
    int tac;
    int earfcn;
} RIL_CellIdentityLte_v12;

typedef struct {
    int mcc;
    int mnc;
    int lac;
    int cid;
    int cpid;
} RIL_CellIdentityTdscdma;

typedef struct {
    RIL_CellIdentityGsm cellIdentityGsm;
    RIL_GW_SignalStrength signalStrengthGsm;
} RIL_CellInfoGsm;

typedef struct {
    RIL_CellIdentityGsm_v12 cellIdentityGsm;
    RIL_GSM_SignalStrength_v12 signalStrengthGsm;
} RIL_CellInfoGsm_v12;

typedef struct {
    RIL_CellIdentityWcdma cellIdentityWcdma;
    RIL_SignalStrengthWcdma signalStrengthWcdma;
} RIL_CellInfoWcdma;

typedef struct {
    RIL_CellIdentityWcdma_v12 cellIdentityWcdma;
    RIL_SignalStrengthWcdma signalStrengthWcdma;
} RIL_CellInfoWcdma_v12;

typedef struct {
    RIL_CellIdentityCdma cellIdentityCdma;
    RIL_CDMA_SignalStrength signalStrengthCdma;
    RIL_EVDO_SignalStrength signalStrengthEvdo;
} RIL_CellInfoCdma;

typedef struct {
    RIL_CellIdentityLte cellIdentityLte;
    RIL_LTE_SignalStrength_v8 signalStrengthLte;
} RIL_CellInfoLte;

typedef struct {
    RIL_CellIdentityLte_v12 cellIdentityLte;
    RIL_LTE_SignalStrength_v8 signalStrengthLte;
} RIL_CellInfoLte_v12;

typedef struct {
    RIL_CellIdentityTdscdma cellIdentityTdscdma;
    RIL_TD_SCDMA_SignalStrength signalStrengthTdscdma;
} RIL_CellInfoTdscdma;

/* Below version 12. The 64-bit time is 4-aligned on i386 and 8-aligned on Arm. */
typedef struct {
    int cellInfoType;
    int registered;
    int timeStampType;
    uint64_t timeStamp;
    union {
        RIL_CellInfoGsm gsm;
        RIL_CellInfoCdma cdma;
        RIL_CellInfoLte lte;
        RIL_CellInfoWcdma wcdma;
        RIL_CellInfoTdscdma tdscdma;
    } CellInfo;
} RIL_CellInfo;

typedef struct {
    int cellInfoType;
    int registered;
    int timeStampType;
    uint64_t timeStamp;
    union {
        RIL_CellInfoGsm_v12 gsm;
        RIL_CellInfoCdma cdma;
        RIL_CellInfoLte_v12 lte;
        RIL_CellInfoWcdma_v12 wcdma;
        RIL_CellInfoTdscdma tdscdma;
    } CellInfo;
} RIL_CellInfo_v12;

/* ---- CDMA call information ---- */
typedef struct {
    char isPresent;
    char signalType;
    char alertPitch;
    char signal;
} RIL_CDMA_SignalInfoRecord;

typedef struct {
    char *number;
    int numberPresentation;
    char *name;
    RIL_CDMA_SignalInfoRecord signalInfoRecord;
    int number_type;
    int number_plan;
} RIL_CDMA_CallWaiting_v6;

typedef struct {
    char alpha_len;
    char alpha_buf[CDMA_ALPHA_INFO_BUFFER_LENGTH];
} RIL_CDMA_DisplayInfoRecord;

typedef struct {
    char len;
    char buf[CDMA_NUMBER_INFO_BUFFER_LENGTH];
    char number_type;
    char number_plan;
    char pi;
    char si;
} RIL_CDMA_NumberInfoRecord;

typedef struct {
    RIL_CDMA_NumberInfoRecord redirectingNumber;
    int redirectingReason;
} RIL_CDMA_RedirectingNumberInfoRecord;

typedef struct {
    char lineCtrlPolarityIncluded;
    char lineCtrlToggle;
    char lineCtrlReverse;
    char lineCtrlPowerDenial;
} RIL_CDMA_LineControlInfoRecord;

typedef struct {
    char cause;
} RIL_CDMA_T53_CLIRInfoRecord;

typedef struct {
    char upLink;
    char downLink;
} RIL_CDMA_T53_AudioControlInfoRecord;

typedef struct {
    int name;
    union {
        RIL_CDMA_DisplayInfoRecord display;
        RIL_CDMA_NumberInfoRecord number;
        RIL_CDMA_SignalInfoRecord signal;
        RIL_CDMA_RedirectingNumberInfoRecord redir;
        RIL_CDMA_LineControlInfoRecord lineCtrl;
        RIL_CDMA_T53_CLIRInfoRecord clir;
        RIL_CDMA_T53_AudioControlInfoRecord audioCtrl;
    } rec;
} RIL_CDMA_InformationRecord;

typedef struct {
    char numberOfInfoRecs;
    RIL_CDMA_InformationRecord infoRec[RIL_CDMA_MAX_NUMBER_OF_INFO_RECS];
} RIL_CDMA_InformationRecords;

/* ---- the device ---- */
typedef struct {
    int itemID;
} RIL_NV_ReadItem;

typedef struct {
    int itemID;
    char *value;
} RIL_NV_WriteItem;

typedef struct {
    int rilModel;
    uint32_t rat;
    int maxVoice;
    int maxData;
    int maxStandby;
} RIL_HardwareConfig_Modem;

typedef struct {
    char modemUuid[MAX_UUID_LENGTH];
} RIL_HardwareConfig_Sim;

typedef struct {
    int type;
    char uuid[MAX_UUID_LENGTH];
    int state;
    union {
        RIL_HardwareConfig_Modem modem;
        RIL_HardwareConfig_Sim sim;
    } cfg;
} RIL_HardwareConfig;

typedef struct {
    int version;
    int session;
    int phase;
    int rat;
    char logicalModemUuid[MAX_UUID_LENGTH];
    int status;
} RIL_RadioCapability;

typedef struct {
    uint32_t sleep_mode_time_ms;
    uint32_t idle_mode_time_ms;
    uint32_t tx_mode_time_ms[RIL_NUM_TX_POWER_LEVELS];
    uint32_t rx_mode_time_ms;
} RIL_ActivityStatsInfo;

typedef struct {
    const char *mcc;
    const char *mnc;
    int match_type;
    const char *match_data;
} RIL_Carrier;

typedef struct {
    int32_t len_allowed_carriers;
    int32_t len_excluded_carriers;
    RIL_Carrier *allowed_carriers;
    RIL_Carrier *excluded_carriers;
} RIL_CarrierRestrictions;

/* ---- the two sides' functions ---- */
typedef int RIL_SOCKET_ID;

#ifdef ANDROID_MULTI_SIM
#define RIL_SOCKET_ARG , RIL_SOCKET_ID socket_id
#define RIL_SOCKET_ONLY_ARG RIL_SOCKET_ID socket_id
#else
#define RIL_SOCKET_ARG
#define RIL_SOCKET_ONLY_ARG void
#endif

typedef void (*RIL_RequestFunc)(int request, void *data, size_t datalen, RIL_Token t RIL_SOCKET_ARG);
typedef RIL_RadioState (*RIL_RadioStateRequest)(RIL_SOCKET_ONLY_ARG);
typedef int (*RIL_Supports)(int requestCode);
typedef void (*RIL_Cancel)(RIL_Token t);
typedef const char *(*RIL_GetVersion)(void);
typedef void (*RIL_TimedCallback)(void *param);

/* What RIL_Init returns. The host may copy it. */
typedef struct {
    int version;
    RIL_RequestFunc onRequest;
    RIL_RadioStateRequest onStateRequest;
    RIL_Supports supports;
    RIL_Cancel onCancel;
    RIL_GetVersion getVersion;
} RIL_RadioFunctions;

/* What RIL_Init is given; it outlives the library. Hosts before Android 7 end it at RequestTimedCallback. */
struct RIL_Env {
    void (*OnRequestComplete)(RIL_Token t, RIL_Errno e, void *response, size_t responselen);
    void (*OnUnsolicitedResponse)(int unsolResponse, const void *data, size_t datalen RIL_SOCKET_ARG);
    void (*RequestTimedCallback)(RIL_TimedCallback callback, void *param, const struct timeval *relativeTime);
    void (*OnRequestAck)(RIL_Token t);
};

/* What libril keeps behind a RIL_Token. No library has to know, but wrappers of libraries do: libril of Android 7, whose
 * fields from socket_id on came with Android 5, and wasAckSent with 7. */
typedef struct {
    int requestNumber;
    void (*dispatchFunction)(void);
    int (*responseFunction)(void);
} CommandInfo;

typedef struct RequestInfo {
    int32_t token; /* the client's number for the request */
    CommandInfo *pCI;
    struct RequestInfo *p_next;
    char cancelled;
    char local;
    RIL_SOCKET_ID socket_id;
    int wasAckSent;
} RequestInfo;

const RIL_RadioFunctions *RIL_Init(const struct RIL_Env *env, int argc, char **argv);

/* Of the SIM Access Profile; a host calls it after RIL_Init, if at all. */
const RIL_RadioFunctions *RIL_SAP_Init(const struct RIL_Env *env, int argc, char **argv);

#endif
