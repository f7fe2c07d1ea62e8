/*
 * The layout of every structure in ril_abi.h, for comparison with the Rust definitions.
 *
 * Compiled to assembly only (`cc -S`), never linked or run, so that a 64-bit machine can ask a compiler for the layout
 * of i386 or Arm without their libc. The offsets travel in `.ascii` directives, one row each:
 *
 *     -> RIL_Dial 0 24                 the structure itself: 0 and its size
 *     -> RIL_Dial.address 0 8          a field: its offset and its size
 *
 * By hand: cc -S -ffreestanding -o - layout.c | sed -n 's/.*"-> \(.*\)"/\1/p'
 */
#include "ril_abi.h"

/* %c prints an immediate operand without the target's prefix. */
#define ROW(name, offset, size) __asm__ volatile("\n.ascii \"-> " name " %c0 %c1\"" : : "i"(offset), "i"(size))
#define STRUCT(type) ROW(#type, 0, sizeof(type))
#define FIELD(type, field) ROW(#type "." #field, offsetof(type, field), sizeof(((type *)0)->field))

typedef struct RIL_Env RIL_Env;

void layout(void);

void layout(void)
{
    STRUCT(RIL_UUS_Info);
    FIELD(RIL_UUS_Info, uusType);
    FIELD(RIL_UUS_Info, uusDcs);
    FIELD(RIL_UUS_Info, uusLength);
    FIELD(RIL_UUS_Info, uusData);

    STRUCT(RIL_Dial);
    FIELD(RIL_Dial, address);
    FIELD(RIL_Dial, clir);
    FIELD(RIL_Dial, uusInfo);

    STRUCT(RIL_Call);
    FIELD(RIL_Call, state);
    FIELD(RIL_Call, index);
    FIELD(RIL_Call, toa);
    FIELD(RIL_Call, isMpty);
    FIELD(RIL_Call, isMT);
    FIELD(RIL_Call, als);
    FIELD(RIL_Call, isVoice);
    FIELD(RIL_Call, isVoicePrivacy);
    FIELD(RIL_Call, number);
    FIELD(RIL_Call, numberPresentation);
    FIELD(RIL_Call, name);
    FIELD(RIL_Call, namePresentation);
    FIELD(RIL_Call, uusInfo);

    STRUCT(RIL_LastCallFailCauseInfo);
    FIELD(RIL_LastCallFailCauseInfo, cause_code);
    FIELD(RIL_LastCallFailCauseInfo, vendor_cause);

    STRUCT(RIL_CallForwardInfo);
    FIELD(RIL_CallForwardInfo, status);
    FIELD(RIL_CallForwardInfo, reason);
    FIELD(RIL_CallForwardInfo, serviceClass);
    FIELD(RIL_CallForwardInfo, toa);
    FIELD(RIL_CallForwardInfo, number);
    FIELD(RIL_CallForwardInfo, timeSeconds);

    STRUCT(RIL_SuppSvcNotification);
    FIELD(RIL_SuppSvcNotification, notificationType);
    FIELD(RIL_SuppSvcNotification, code);
    FIELD(RIL_SuppSvcNotification, index);
    FIELD(RIL_SuppSvcNotification, type);
    FIELD(RIL_SuppSvcNotification, number);

    STRUCT(RIL_CfData);
    FIELD(RIL_CfData, numValidIndexes);
    FIELD(RIL_CfData, cfInfo);

    STRUCT(RIL_StkCcUnsolSsResponse);
    FIELD(RIL_StkCcUnsolSsResponse, serviceType);
    FIELD(RIL_StkCcUnsolSsResponse, requestType);
    FIELD(RIL_StkCcUnsolSsResponse, teleserviceType);
    FIELD(RIL_StkCcUnsolSsResponse, serviceClass);
    FIELD(RIL_StkCcUnsolSsResponse, result);
    FIELD(RIL_StkCcUnsolSsResponse, ssInfo);
    FIELD(RIL_StkCcUnsolSsResponse, cfData);

    STRUCT(RIL_AppStatus);
    FIELD(RIL_AppStatus, app_type);
    FIELD(RIL_AppStatus, app_state);
    FIELD(RIL_AppStatus, perso_substate);
    FIELD(RIL_AppStatus, aid_ptr);
    FIELD(RIL_AppStatus, app_label_ptr);
    FIELD(RIL_AppStatus, pin1_replaced);
    FIELD(RIL_AppStatus, pin1);
    FIELD(RIL_AppStatus, pin2);

    STRUCT(RIL_CardStatus_v5);
    FIELD(RIL_CardStatus_v5, card_state);
    FIELD(RIL_CardStatus_v5, universal_pin_state);
    FIELD(RIL_CardStatus_v5, gsm_umts_subscription_app_index);
    FIELD(RIL_CardStatus_v5, cdma_subscription_app_index);
    FIELD(RIL_CardStatus_v5, num_applications);
    FIELD(RIL_CardStatus_v5, applications);

    STRUCT(RIL_CardStatus_v6);
    FIELD(RIL_CardStatus_v6, card_state);
    FIELD(RIL_CardStatus_v6, universal_pin_state);
    FIELD(RIL_CardStatus_v6, gsm_umts_subscription_app_index);
    FIELD(RIL_CardStatus_v6, cdma_subscription_app_index);
    FIELD(RIL_CardStatus_v6, ims_subscription_app_index);
    FIELD(RIL_CardStatus_v6, num_applications);
    FIELD(RIL_CardStatus_v6, applications);

    STRUCT(RIL_SIM_IO_v5);
    FIELD(RIL_SIM_IO_v5, command);
    FIELD(RIL_SIM_IO_v5, fileid);
    FIELD(RIL_SIM_IO_v5, path);
    FIELD(RIL_SIM_IO_v5, p1);
    FIELD(RIL_SIM_IO_v5, p2);
    FIELD(RIL_SIM_IO_v5, p3);
    FIELD(RIL_SIM_IO_v5, data);
    FIELD(RIL_SIM_IO_v5, pin2);

    STRUCT(RIL_SIM_IO_v6);
    FIELD(RIL_SIM_IO_v6, command);
    FIELD(RIL_SIM_IO_v6, fileid);
    FIELD(RIL_SIM_IO_v6, path);
    FIELD(RIL_SIM_IO_v6, p1);
    FIELD(RIL_SIM_IO_v6, p2);
    FIELD(RIL_SIM_IO_v6, p3);
    FIELD(RIL_SIM_IO_v6, data);
    FIELD(RIL_SIM_IO_v6, pin2);
    FIELD(RIL_SIM_IO_v6, aidPtr);

    STRUCT(RIL_SIM_APDU);
    FIELD(RIL_SIM_APDU, sessionid);
    FIELD(RIL_SIM_APDU, cla);
    FIELD(RIL_SIM_APDU, instruction);
    FIELD(RIL_SIM_APDU, p1);
    FIELD(RIL_SIM_APDU, p2);
    FIELD(RIL_SIM_APDU, p3);
    FIELD(RIL_SIM_APDU, data);

    STRUCT(RIL_SIM_IO_Response);
    FIELD(RIL_SIM_IO_Response, sw1);
    FIELD(RIL_SIM_IO_Response, sw2);
    FIELD(RIL_SIM_IO_Response, simResponse);

    STRUCT(RIL_SimRefreshResponse_v7);
    FIELD(RIL_SimRefreshResponse_v7, result);
    FIELD(RIL_SimRefreshResponse_v7, ef_id);
    FIELD(RIL_SimRefreshResponse_v7, aid);

    STRUCT(RIL_SimAuthentication);
    FIELD(RIL_SimAuthentication, authContext);
    FIELD(RIL_SimAuthentication, authData);
    FIELD(RIL_SimAuthentication, aid);

    STRUCT(RIL_SelectUiccSub);
    FIELD(RIL_SelectUiccSub, slot);
    FIELD(RIL_SelectUiccSub, app_index);
    FIELD(RIL_SelectUiccSub, sub_type);
    FIELD(RIL_SelectUiccSub, act_status);

    STRUCT(RIL_SMS_Response);
    FIELD(RIL_SMS_Response, messageRef);
    FIELD(RIL_SMS_Response, ackPDU);
    FIELD(RIL_SMS_Response, errorCode);

    STRUCT(RIL_SMS_WriteArgs);
    FIELD(RIL_SMS_WriteArgs, status);
    FIELD(RIL_SMS_WriteArgs, pdu);
    FIELD(RIL_SMS_WriteArgs, smsc);

    STRUCT(RIL_GSM_BroadcastSmsConfigInfo);
    FIELD(RIL_GSM_BroadcastSmsConfigInfo, fromServiceId);
    FIELD(RIL_GSM_BroadcastSmsConfigInfo, toServiceId);
    FIELD(RIL_GSM_BroadcastSmsConfigInfo, fromCodeScheme);
    FIELD(RIL_GSM_BroadcastSmsConfigInfo, toCodeScheme);
    FIELD(RIL_GSM_BroadcastSmsConfigInfo, selected);

    STRUCT(RIL_CDMA_BroadcastSmsConfigInfo);
    FIELD(RIL_CDMA_BroadcastSmsConfigInfo, service_category);
    FIELD(RIL_CDMA_BroadcastSmsConfigInfo, language);
    FIELD(RIL_CDMA_BroadcastSmsConfigInfo, selected);

    STRUCT(RIL_CDMA_SMS_Address);
    FIELD(RIL_CDMA_SMS_Address, digit_mode);
    FIELD(RIL_CDMA_SMS_Address, number_mode);
    FIELD(RIL_CDMA_SMS_Address, number_type);
    FIELD(RIL_CDMA_SMS_Address, number_plan);
    FIELD(RIL_CDMA_SMS_Address, number_of_digits);
    FIELD(RIL_CDMA_SMS_Address, digits);

    STRUCT(RIL_CDMA_SMS_Subaddress);
    FIELD(RIL_CDMA_SMS_Subaddress, subaddressType);
    FIELD(RIL_CDMA_SMS_Subaddress, odd);
    FIELD(RIL_CDMA_SMS_Subaddress, number_of_digits);
    FIELD(RIL_CDMA_SMS_Subaddress, digits);

    STRUCT(RIL_CDMA_SMS_Message);
    FIELD(RIL_CDMA_SMS_Message, uTeleserviceID);
    FIELD(RIL_CDMA_SMS_Message, bIsServicePresent);
    FIELD(RIL_CDMA_SMS_Message, uServicecategory);
    FIELD(RIL_CDMA_SMS_Message, sAddress);
    FIELD(RIL_CDMA_SMS_Message, sSubAddress);
    FIELD(RIL_CDMA_SMS_Message, uBearerDataLen);
    FIELD(RIL_CDMA_SMS_Message, aBearerData);

    STRUCT(RIL_CDMA_SMS_Ack);
    FIELD(RIL_CDMA_SMS_Ack, uErrorClass);
    FIELD(RIL_CDMA_SMS_Ack, uSMSCauseCode);

    STRUCT(RIL_CDMA_SMS_WriteArgs);
    FIELD(RIL_CDMA_SMS_WriteArgs, status);
    FIELD(RIL_CDMA_SMS_WriteArgs, message);

    STRUCT(RIL_IMS_SMS_Message);
    FIELD(RIL_IMS_SMS_Message, tech);
    FIELD(RIL_IMS_SMS_Message, retry);
    FIELD(RIL_IMS_SMS_Message, messageRef);
    FIELD(RIL_IMS_SMS_Message, message);
    FIELD(RIL_IMS_SMS_Message, message.cdmaMessage);
    FIELD(RIL_IMS_SMS_Message, message.gsmMessage);

    STRUCT(RIL_Data_Call_Response_v4);
    FIELD(RIL_Data_Call_Response_v4, cid);
    FIELD(RIL_Data_Call_Response_v4, active);
    FIELD(RIL_Data_Call_Response_v4, type);
    FIELD(RIL_Data_Call_Response_v4, apn);
    FIELD(RIL_Data_Call_Response_v4, address);

    STRUCT(RIL_Data_Call_Response_v6);
    FIELD(RIL_Data_Call_Response_v6, status);
    FIELD(RIL_Data_Call_Response_v6, suggestedRetryTime);
    FIELD(RIL_Data_Call_Response_v6, cid);
    FIELD(RIL_Data_Call_Response_v6, active);
    FIELD(RIL_Data_Call_Response_v6, type);
    FIELD(RIL_Data_Call_Response_v6, ifname);
    FIELD(RIL_Data_Call_Response_v6, addresses);
    FIELD(RIL_Data_Call_Response_v6, dnses);
    FIELD(RIL_Data_Call_Response_v6, gateways);

    STRUCT(RIL_Data_Call_Response_v9);
    FIELD(RIL_Data_Call_Response_v9, status);
    FIELD(RIL_Data_Call_Response_v9, suggestedRetryTime);
    FIELD(RIL_Data_Call_Response_v9, cid);
    FIELD(RIL_Data_Call_Response_v9, active);
    FIELD(RIL_Data_Call_Response_v9, type);
    FIELD(RIL_Data_Call_Response_v9, ifname);
    FIELD(RIL_Data_Call_Response_v9, addresses);
    FIELD(RIL_Data_Call_Response_v9, dnses);
    FIELD(RIL_Data_Call_Response_v9, gateways);
    FIELD(RIL_Data_Call_Response_v9, pcscf);

    STRUCT(RIL_Data_Call_Response_v11);
    FIELD(RIL_Data_Call_Response_v11, status);
    FIELD(RIL_Data_Call_Response_v11, suggestedRetryTime);
    FIELD(RIL_Data_Call_Response_v11, cid);
    FIELD(RIL_Data_Call_Response_v11, active);
    FIELD(RIL_Data_Call_Response_v11, type);
    FIELD(RIL_Data_Call_Response_v11, ifname);
    FIELD(RIL_Data_Call_Response_v11, addresses);
    FIELD(RIL_Data_Call_Response_v11, dnses);
    FIELD(RIL_Data_Call_Response_v11, gateways);
    FIELD(RIL_Data_Call_Response_v11, pcscf);
    FIELD(RIL_Data_Call_Response_v11, mtu);

    STRUCT(RIL_InitialAttachApn);
    FIELD(RIL_InitialAttachApn, apn);
    FIELD(RIL_InitialAttachApn, protocol);
    FIELD(RIL_InitialAttachApn, authtype);
    FIELD(RIL_InitialAttachApn, username);
    FIELD(RIL_InitialAttachApn, password);

    STRUCT(RIL_InitialAttachApn_v15);
    FIELD(RIL_InitialAttachApn_v15, apn);
    FIELD(RIL_InitialAttachApn_v15, protocol);
    FIELD(RIL_InitialAttachApn_v15, roamingProtocol);
    FIELD(RIL_InitialAttachApn_v15, authtype);
    FIELD(RIL_InitialAttachApn_v15, username);
    FIELD(RIL_InitialAttachApn_v15, password);
    FIELD(RIL_InitialAttachApn_v15, supportedTypesBitmask);
    FIELD(RIL_InitialAttachApn_v15, bearerBitmask);
    FIELD(RIL_InitialAttachApn_v15, modemCognitive);
    FIELD(RIL_InitialAttachApn_v15, mtu);
    FIELD(RIL_InitialAttachApn_v15, mvnoType);
    FIELD(RIL_InitialAttachApn_v15, mvnoMatchData);

    STRUCT(RIL_DataProfileInfo);
    FIELD(RIL_DataProfileInfo, profileId);
    FIELD(RIL_DataProfileInfo, apn);
    FIELD(RIL_DataProfileInfo, protocol);
    FIELD(RIL_DataProfileInfo, authType);
    FIELD(RIL_DataProfileInfo, user);
    FIELD(RIL_DataProfileInfo, password);
    FIELD(RIL_DataProfileInfo, type);
    FIELD(RIL_DataProfileInfo, maxConnsTime);
    FIELD(RIL_DataProfileInfo, maxConns);
    FIELD(RIL_DataProfileInfo, waitTime);
    FIELD(RIL_DataProfileInfo, enabled);

    STRUCT(RIL_DataProfileInfo_v15);
    FIELD(RIL_DataProfileInfo_v15, profileId);
    FIELD(RIL_DataProfileInfo_v15, apn);
    FIELD(RIL_DataProfileInfo_v15, protocol);
    FIELD(RIL_DataProfileInfo_v15, roamingProtocol);
    FIELD(RIL_DataProfileInfo_v15, authType);
    FIELD(RIL_DataProfileInfo_v15, user);
    FIELD(RIL_DataProfileInfo_v15, password);
    FIELD(RIL_DataProfileInfo_v15, type);
    FIELD(RIL_DataProfileInfo_v15, maxConnsTime);
    FIELD(RIL_DataProfileInfo_v15, maxConns);
    FIELD(RIL_DataProfileInfo_v15, waitTime);
    FIELD(RIL_DataProfileInfo_v15, enabled);
    FIELD(RIL_DataProfileInfo_v15, supportedTypesBitmask);
    FIELD(RIL_DataProfileInfo_v15, bearerBitmask);
    FIELD(RIL_DataProfileInfo_v15, mtu);
    FIELD(RIL_DataProfileInfo_v15, mvnoType);
    FIELD(RIL_DataProfileInfo_v15, mvnoMatchData);

    STRUCT(RIL_PCO_Data);
    FIELD(RIL_PCO_Data, cid);
    FIELD(RIL_PCO_Data, bearer_proto);
    FIELD(RIL_PCO_Data, pco_id);
    FIELD(RIL_PCO_Data, contents_length);
    FIELD(RIL_PCO_Data, contents);

    STRUCT(RIL_DcRtInfo);
    FIELD(RIL_DcRtInfo, time);
    FIELD(RIL_DcRtInfo, powerState);

    STRUCT(RIL_LceStatusInfo);
    FIELD(RIL_LceStatusInfo, lce_status);
    FIELD(RIL_LceStatusInfo, actual_interval_ms);

    STRUCT(RIL_LceDataInfo);
    FIELD(RIL_LceDataInfo, last_hop_capacity_kbps);
    FIELD(RIL_LceDataInfo, confidence_level);
    FIELD(RIL_LceDataInfo, lce_suspended);

    STRUCT(RIL_GW_SignalStrength);
    FIELD(RIL_GW_SignalStrength, signalStrength);
    FIELD(RIL_GW_SignalStrength, bitErrorRate);

    STRUCT(RIL_GSM_SignalStrength_v12);
    FIELD(RIL_GSM_SignalStrength_v12, signalStrength);
    FIELD(RIL_GSM_SignalStrength_v12, bitErrorRate);
    FIELD(RIL_GSM_SignalStrength_v12, timingAdvance);

    STRUCT(RIL_SignalStrengthWcdma);
    FIELD(RIL_SignalStrengthWcdma, signalStrength);
    FIELD(RIL_SignalStrengthWcdma, bitErrorRate);

    STRUCT(RIL_CDMA_SignalStrength);
    FIELD(RIL_CDMA_SignalStrength, dbm);
    FIELD(RIL_CDMA_SignalStrength, ecio);

    STRUCT(RIL_EVDO_SignalStrength);
    FIELD(RIL_EVDO_SignalStrength, dbm);
    FIELD(RIL_EVDO_SignalStrength, ecio);
    FIELD(RIL_EVDO_SignalStrength, signalNoiseRatio);

    STRUCT(RIL_LTE_SignalStrength);
    FIELD(RIL_LTE_SignalStrength, signalStrength);
    FIELD(RIL_LTE_SignalStrength, rsrp);
    FIELD(RIL_LTE_SignalStrength, rsrq);
    FIELD(RIL_LTE_SignalStrength, rssnr);
    FIELD(RIL_LTE_SignalStrength, cqi);

    STRUCT(RIL_LTE_SignalStrength_v8);
    FIELD(RIL_LTE_SignalStrength_v8, signalStrength);
    FIELD(RIL_LTE_SignalStrength_v8, rsrp);
    FIELD(RIL_LTE_SignalStrength_v8, rsrq);
    FIELD(RIL_LTE_SignalStrength_v8, rssnr);
    FIELD(RIL_LTE_SignalStrength_v8, cqi);
    FIELD(RIL_LTE_SignalStrength_v8, timingAdvance);

    STRUCT(RIL_TD_SCDMA_SignalStrength);
    FIELD(RIL_TD_SCDMA_SignalStrength, rscp);

    STRUCT(RIL_SignalStrength_v5);
    FIELD(RIL_SignalStrength_v5, GW_SignalStrength);
    FIELD(RIL_SignalStrength_v5, CDMA_SignalStrength);
    FIELD(RIL_SignalStrength_v5, EVDO_SignalStrength);

    STRUCT(RIL_SignalStrength_v6);
    FIELD(RIL_SignalStrength_v6, GW_SignalStrength);
    FIELD(RIL_SignalStrength_v6, CDMA_SignalStrength);
    FIELD(RIL_SignalStrength_v6, EVDO_SignalStrength);
    FIELD(RIL_SignalStrength_v6, LTE_SignalStrength);

    STRUCT(RIL_SignalStrength_v8);
    FIELD(RIL_SignalStrength_v8, GW_SignalStrength);
    FIELD(RIL_SignalStrength_v8, CDMA_SignalStrength);
    FIELD(RIL_SignalStrength_v8, EVDO_SignalStrength);
    FIELD(RIL_SignalStrength_v8, LTE_SignalStrength);

    STRUCT(RIL_SignalStrength_v10);
    FIELD(RIL_SignalStrength_v10, GW_SignalStrength);
    FIELD(RIL_SignalStrength_v10, CDMA_SignalStrength);
    FIELD(RIL_SignalStrength_v10, EVDO_SignalStrength);
    FIELD(RIL_SignalStrength_v10, LTE_SignalStrength);
    FIELD(RIL_SignalStrength_v10, TD_SCDMA_SignalStrength);

    STRUCT(RIL_NeighboringCell);
    FIELD(RIL_NeighboringCell, cid);
    FIELD(RIL_NeighboringCell, rssi);

    STRUCT(RIL_CellIdentityGsm);
    FIELD(RIL_CellIdentityGsm, mcc);
    FIELD(RIL_CellIdentityGsm, mnc);
    FIELD(RIL_CellIdentityGsm, lac);
    FIELD(RIL_CellIdentityGsm, cid);

    STRUCT(RIL_CellIdentityGsm_v12);
    FIELD(RIL_CellIdentityGsm_v12, mcc);
    FIELD(RIL_CellIdentityGsm_v12, mnc);
    FIELD(RIL_CellIdentityGsm_v12, lac);
    FIELD(RIL_CellIdentityGsm_v12, cid);
    FIELD(RIL_CellIdentityGsm_v12, arfcn);
    FIELD(RIL_CellIdentityGsm_v12, bsic);

    STRUCT(RIL_CellIdentityWcdma);
    FIELD(RIL_CellIdentityWcdma, mcc);
    FIELD(RIL_CellIdentityWcdma, mnc);
    FIELD(RIL_CellIdentityWcdma, lac);
    FIELD(RIL_CellIdentityWcdma, cid);
    FIELD(RIL_CellIdentityWcdma, psc);

    STRUCT(RIL_CellIdentityWcdma_v12);
    FIELD(RIL_CellIdentityWcdma_v12, mcc);
    FIELD(RIL_CellIdentityWcdma_v12, mnc);
    FIELD(RIL_CellIdentityWcdma_v12, lac);
    FIELD(RIL_CellIdentityWcdma_v12, cid);
    FIELD(RIL_CellIdentityWcdma_v12, psc);
    FIELD(RIL_CellIdentityWcdma_v12, uarfcn);

    STRUCT(RIL_CellIdentityCdma);
    FIELD(RIL_CellIdentityCdma, networkId);
    FIELD(RIL_CellIdentityCdma, systemId);
    FIELD(RIL_CellIdentityCdma, basestationId);
    FIELD(RIL_CellIdentityCdma, longitude);
    FIELD(RIL_CellIdentityCdma, latitude);

    STRUCT(RIL_CellIdentityLte);
    FIELD(RIL_CellIdentityLte, mcc);
    FIELD(RIL_CellIdentityLte, mnc);
    FIELD(RIL_CellIdentityLte, ci);
    FIELD(RIL_CellIdentityLte, pci);
    FIELD(RIL_CellIdentityLte, tac);

    STRUCT(RIL_CellIdentityLte_v12);
    FIELD(RIL_CellIdentityLte_v12, mcc);
    FIELD(RIL_CellIdentityLte_v12, mnc);
    FIELD(RIL_CellIdentityLte_v12, ci);
    FIELD(RIL_CellIdentityLte_v12, pci);
    FIELD(RIL_CellIdentityLte_v12, tac);
    FIELD(RIL_CellIdentityLte_v12, earfcn);

    STRUCT(RIL_CellIdentityTdscdma);
    FIELD(RIL_CellIdentityTdscdma, mcc);
    FIELD(RIL_CellIdentityTdscdma, mnc);
    FIELD(RIL_CellIdentityTdscdma, lac);
    FIELD(RIL_CellIdentityTdscdma, cid);
    FIELD(RIL_CellIdentityTdscdma, cpid);

    STRUCT(RIL_CellInfoGsm);
    FIELD(RIL_CellInfoGsm, cellIdentityGsm);
    FIELD(RIL_CellInfoGsm, signalStrengthGsm);

    STRUCT(RIL_CellInfoGsm_v12);
    FIELD(RIL_CellInfoGsm_v12, cellIdentityGsm);
    FIELD(RIL_CellInfoGsm_v12, signalStrengthGsm);

    STRUCT(RIL_CellInfoWcdma);
    FIELD(RIL_CellInfoWcdma, cellIdentityWcdma);
    FIELD(RIL_CellInfoWcdma, signalStrengthWcdma);

    STRUCT(RIL_CellInfoWcdma_v12);
    FIELD(RIL_CellInfoWcdma_v12, cellIdentityWcdma);
    FIELD(RIL_CellInfoWcdma_v12, signalStrengthWcdma);

    STRUCT(RIL_CellInfoCdma);
    FIELD(RIL_CellInfoCdma, cellIdentityCdma);
    FIELD(RIL_CellInfoCdma, signalStrengthCdma);
    FIELD(RIL_CellInfoCdma, signalStrengthEvdo);

    STRUCT(RIL_CellInfoLte);
    FIELD(RIL_CellInfoLte, cellIdentityLte);
    FIELD(RIL_CellInfoLte, signalStrengthLte);

    STRUCT(RIL_CellInfoLte_v12);
    FIELD(RIL_CellInfoLte_v12, cellIdentityLte);
    FIELD(RIL_CellInfoLte_v12, signalStrengthLte);

    STRUCT(RIL_CellInfoTdscdma);
    FIELD(RIL_CellInfoTdscdma, cellIdentityTdscdma);
    FIELD(RIL_CellInfoTdscdma, signalStrengthTdscdma);

    STRUCT(RIL_CellInfo);
    FIELD(RIL_CellInfo, cellInfoType);
    FIELD(RIL_CellInfo, registered);
    FIELD(RIL_CellInfo, timeStampType);
    FIELD(RIL_CellInfo, timeStamp);
    FIELD(RIL_CellInfo, CellInfo);
    FIELD(RIL_CellInfo, CellInfo.gsm);
    FIELD(RIL_CellInfo, CellInfo.cdma);
    FIELD(RIL_CellInfo, CellInfo.lte);
    FIELD(RIL_CellInfo, CellInfo.wcdma);
    FIELD(RIL_CellInfo, CellInfo.tdscdma);

    STRUCT(RIL_CellInfo_v12);
    FIELD(RIL_CellInfo_v12, cellInfoType);
    FIELD(RIL_CellInfo_v12, registered);
    FIELD(RIL_CellInfo_v12, timeStampType);
    FIELD(RIL_CellInfo_v12, timeStamp);
    FIELD(RIL_CellInfo_v12, CellInfo);
    FIELD(RIL_CellInfo_v12, CellInfo.gsm);
    FIELD(RIL_CellInfo_v12, CellInfo.cdma);
    FIELD(RIL_CellInfo_v12, CellInfo.lte);
    FIELD(RIL_CellInfo_v12, CellInfo.wcdma);
    FIELD(RIL_CellInfo_v12, CellInfo.tdscdma);

    STRUCT(RIL_CDMA_SignalInfoRecord);
    FIELD(RIL_CDMA_SignalInfoRecord, isPresent);
    FIELD(RIL_CDMA_SignalInfoRecord, signalType);
    FIELD(RIL_CDMA_SignalInfoRecord, alertPitch);
    FIELD(RIL_CDMA_SignalInfoRecord, signal);

    STRUCT(RIL_CDMA_CallWaiting_v6);
    FIELD(RIL_CDMA_CallWaiting_v6, number);
    FIELD(RIL_CDMA_CallWaiting_v6, numberPresentation);
    FIELD(RIL_CDMA_CallWaiting_v6, name);
    FIELD(RIL_CDMA_CallWaiting_v6, signalInfoRecord);
    FIELD(RIL_CDMA_CallWaiting_v6, number_type);
    FIELD(RIL_CDMA_CallWaiting_v6, number_plan);

    STRUCT(RIL_CDMA_DisplayInfoRecord);
    FIELD(RIL_CDMA_DisplayInfoRecord, alpha_len);
    FIELD(RIL_CDMA_DisplayInfoRecord, alpha_buf);

    STRUCT(RIL_CDMA_NumberInfoRecord);
    FIELD(RIL_CDMA_NumberInfoRecord, len);
    FIELD(RIL_CDMA_NumberInfoRecord, buf);
    FIELD(RIL_CDMA_NumberInfoRecord, number_type);
    FIELD(RIL_CDMA_NumberInfoRecord, number_plan);
    FIELD(RIL_CDMA_NumberInfoRecord, pi);
    FIELD(RIL_CDMA_NumberInfoRecord, si);

    STRUCT(RIL_CDMA_RedirectingNumberInfoRecord);
    FIELD(RIL_CDMA_RedirectingNumberInfoRecord, redirectingNumber);
    FIELD(RIL_CDMA_RedirectingNumberInfoRecord, redirectingReason);

    STRUCT(RIL_CDMA_LineControlInfoRecord);
    FIELD(RIL_CDMA_LineControlInfoRecord, lineCtrlPolarityIncluded);
    FIELD(RIL_CDMA_LineControlInfoRecord, lineCtrlToggle);
    FIELD(RIL_CDMA_LineControlInfoRecord, lineCtrlReverse);
    FIELD(RIL_CDMA_LineControlInfoRecord, lineCtrlPowerDenial);

    STRUCT(RIL_CDMA_T53_CLIRInfoRecord);
    FIELD(RIL_CDMA_T53_CLIRInfoRecord, cause);

    STRUCT(RIL_CDMA_T53_AudioControlInfoRecord);
    FIELD(RIL_CDMA_T53_AudioControlInfoRecord, upLink);
    FIELD(RIL_CDMA_T53_AudioControlInfoRecord, downLink);

    STRUCT(RIL_CDMA_InformationRecord);
    FIELD(RIL_CDMA_InformationRecord, name);
    FIELD(RIL_CDMA_InformationRecord, rec);
    FIELD(RIL_CDMA_InformationRecord, rec.display);
    FIELD(RIL_CDMA_InformationRecord, rec.number);
    FIELD(RIL_CDMA_InformationRecord, rec.signal);
    FIELD(RIL_CDMA_InformationRecord, rec.redir);
    FIELD(RIL_CDMA_InformationRecord, rec.lineCtrl);
    FIELD(RIL_CDMA_InformationRecord, rec.clir);
    FIELD(RIL_CDMA_InformationRecord, rec.audioCtrl);

    STRUCT(RIL_CDMA_InformationRecords);
    FIELD(RIL_CDMA_InformationRecords, numberOfInfoRecs);
    FIELD(RIL_CDMA_InformationRecords, infoRec);

    STRUCT(RIL_NV_ReadItem);
    FIELD(RIL_NV_ReadItem, itemID);

    STRUCT(RIL_NV_WriteItem);
    FIELD(RIL_NV_WriteItem, itemID);
    FIELD(RIL_NV_WriteItem, value);

    STRUCT(RIL_HardwareConfig_Modem);
    FIELD(RIL_HardwareConfig_Modem, rilModel);
    FIELD(RIL_HardwareConfig_Modem, rat);
    FIELD(RIL_HardwareConfig_Modem, maxVoice);
    FIELD(RIL_HardwareConfig_Modem, maxData);
    FIELD(RIL_HardwareConfig_Modem, maxStandby);

    STRUCT(RIL_HardwareConfig_Sim);
    FIELD(RIL_HardwareConfig_Sim, modemUuid);

    STRUCT(RIL_HardwareConfig);
    FIELD(RIL_HardwareConfig, type);
    FIELD(RIL_HardwareConfig, uuid);
    FIELD(RIL_HardwareConfig, state);
    FIELD(RIL_HardwareConfig, cfg);
    FIELD(RIL_HardwareConfig, cfg.modem);
    FIELD(RIL_HardwareConfig, cfg.sim);

    STRUCT(RIL_RadioCapability);
    FIELD(RIL_RadioCapability, version);
    FIELD(RIL_RadioCapability, session);
    FIELD(RIL_RadioCapability, phase);
    FIELD(RIL_RadioCapability, rat);
    FIELD(RIL_RadioCapability, logicalModemUuid);
    FIELD(RIL_RadioCapability, status);

    STRUCT(RIL_ActivityStatsInfo);
    FIELD(RIL_ActivityStatsInfo, sleep_mode_time_ms);
    FIELD(RIL_ActivityStatsInfo, idle_mode_time_ms);
    FIELD(RIL_ActivityStatsInfo, tx_mode_time_ms);
    FIELD(RIL_ActivityStatsInfo, rx_mode_time_ms);

    STRUCT(RIL_Carrier);
    FIELD(RIL_Carrier, mcc);
    FIELD(RIL_Carrier, mnc);
    FIELD(RIL_Carrier, match_type);
    FIELD(RIL_Carrier, match_data);

    STRUCT(RIL_CarrierRestrictions);
    FIELD(RIL_CarrierRestrictions, len_allowed_carriers);
    FIELD(RIL_CarrierRestrictions, len_excluded_carriers);
    FIELD(RIL_CarrierRestrictions, allowed_carriers);
    FIELD(RIL_CarrierRestrictions, excluded_carriers);

    STRUCT(RIL_RadioFunctions);
    FIELD(RIL_RadioFunctions, version);
    FIELD(RIL_RadioFunctions, onRequest);
    FIELD(RIL_RadioFunctions, onStateRequest);
    FIELD(RIL_RadioFunctions, supports);
    FIELD(RIL_RadioFunctions, onCancel);
    FIELD(RIL_RadioFunctions, getVersion);

    STRUCT(RIL_Env);
    FIELD(RIL_Env, OnRequestComplete);
    FIELD(RIL_Env, OnUnsolicitedResponse);
    FIELD(RIL_Env, RequestTimedCallback);
    FIELD(RIL_Env, OnRequestAck);

    STRUCT(CommandInfo);
    FIELD(CommandInfo, requestNumber);
    FIELD(CommandInfo, dispatchFunction);
    FIELD(CommandInfo, responseFunction);

    STRUCT(RequestInfo);
    FIELD(RequestInfo, token);
    FIELD(RequestInfo, pCI);
    FIELD(RequestInfo, p_next);
    FIELD(RequestInfo, cancelled);
    FIELD(RequestInfo, local);
    FIELD(RequestInfo, socket_id);
    FIELD(RequestInfo, wasAckSent);
}
