//! Elementary files of the card, of a SIM and of a USIM, in the order of their numbers.
//!
//! Reference: ETSI TS 102 221, 13 (the card); 3GPP TS 31.102, 4.2 and 4.4 (USIM); TS 51.011, 10.3 (GSM) and 10.5
//! (telecom); Common PCN Handset Specification, B.4 (the files with `CPHS`).

/// Applications of the card, with names for people.
pub const EF_DIR: u16 = 0x2f00;
/// Languages that the user prefers.
pub const EF_PL: u16 = 0x2f05;
/// Access rules of the card's files.
pub const EF_ARR_CARD: u16 = 0x2f06;
/// Most power that the card takes.
pub const EF_UMPC: u16 = 0x2f08;
/// Serial number of the card.
pub const EF_ICCID: u16 = 0x2fe2;

/// Files that a phone book is made of; in the folder of the phone book.
pub const EF_PBR: u16 = 0x4f30;

/// Languages that the user prefers: EF_LI of a USIM, EF_LP of a SIM.
pub const EF_LI: u16 = 0x6f05;
/// Access rules of the application's files.
pub const EF_ARR: u16 = 0x6f06;
/// International mobile subscriber identity.
pub const EF_IMSI: u16 = 0x6f07;
/// Ciphering and integrity keys of the circuit-switched domain.
pub const EF_KEYS: u16 = 0x6f08;
/// Ciphering and integrity keys of the packet-switched domain.
pub const EF_KEYS_PS: u16 = 0x6f09;
/// CPHS: whether voice messages wait.
pub const EF_CPHS_VMWF: u16 = 0x6f11;
/// CPHS: whether calls are forwarded.
pub const EF_CPHS_CFF: u16 = 0x6f13;
/// CPHS: name of the operator.
pub const EF_CPHS_ONS: u16 = 0x6f14;
/// CPHS: what the customer may set.
pub const EF_CPHS_CSP: u16 = 0x6f15;
/// CPHS: which of its files there are.
pub const EF_CPHS_INFO: u16 = 0x6f16;
/// CPHS: numbers of the voice mail box.
pub const EF_CPHS_MBN: u16 = 0x6f17;
/// CPHS: short name of the operator.
pub const EF_CPHS_ONS_SHORT: u16 = 0x6f18;
/// Ciphering key of GSM.
pub const EF_KC: u16 = 0x6f20;
/// Keys that take personalisation off.
pub const EF_DCK: u16 = 0x6f2c;
/// Networks in the order in which to look for them.
pub const EF_PLMNSEL: u16 = 0x6f30;
/// How often to look for the home network.
pub const EF_HPPLMN: u16 = 0x6f31;
/// Services that are there: EF_UST of a USIM, EF_SST of a SIM.
pub const EF_UST: u16 = 0x6f38;
/// Accumulated call meter.
pub const EF_ACM: u16 = 0x6f39;
/// Abbreviated dialling numbers: the phone book.
pub const EF_ADN: u16 = 0x6f3a;
/// Fixed dialling numbers.
pub const EF_FDN: u16 = 0x6f3b;
/// Short messages.
pub const EF_SMS: u16 = 0x6f3c;
/// Group identifier, level 1.
pub const EF_GID1: u16 = 0x6f3e;
/// Group identifier, level 2.
pub const EF_GID2: u16 = 0x6f3f;
/// Own numbers.
pub const EF_MSISDN: u16 = 0x6f40;
/// Parameters of short messages, with the service centre.
pub const EF_SMSP: u16 = 0x6f42;
/// Status of short messages: the last reference, and whether memory was full.
pub const EF_SMSS: u16 = 0x6f43;
/// Last numbers dialled.
pub const EF_LND: u16 = 0x6f44;
/// Channels of cell broadcast that are listened to.
pub const EF_CBMI: u16 = 0x6f45;
/// Name of the service provider.
pub const EF_SPN: u16 = 0x6f46;
/// Status reports of short messages.
pub const EF_SMSR: u16 = 0x6f47;
/// Channels of cell broadcast whose messages are for the card.
pub const EF_CBMID: u16 = 0x6f48;
/// Service dialling numbers.
pub const EF_SDN: u16 = 0x6f49;
/// What does not fit into records of dialling numbers.
pub const EF_EXT1: u16 = 0x6f4a;
/// Barred dialling numbers.
pub const EF_BDN: u16 = 0x6f4d;
/// What does not fit into records of incoming and outgoing calls.
pub const EF_EXT5: u16 = 0x6f4e;
/// Ranges of channels of cell broadcast.
pub const EF_CBMIR: u16 = 0x6f50;
/// Ciphering key of GPRS.
pub const EF_KC_GPRS: u16 = 0x6f52;
/// Where one was last, of GPRS.
pub const EF_LOCIGPRS: u16 = 0x6f53;
/// Services that are switched on; bit 1 is fixed dialling.
pub const EF_EST: u16 = 0x6f56;
/// Hyperframe numbers to begin with.
pub const EF_START_HFN: u16 = 0x6f5b;
/// Networks and technologies that the user prefers.
pub const EF_PLMNWACT: u16 = 0x6f60;
/// Networks and technologies that the operator prefers.
pub const EF_OPLMNWACT: u16 = 0x6f61;
/// Home networks and their technologies.
pub const EF_HPLMNWACT: u16 = 0x6f62;
/// Packet channels of the last cell.
pub const EF_CPBCCH: u16 = 0x6f63;
/// Where one was last, of the packet-switched domain.
pub const EF_PSLOCI: u16 = 0x6f73;
/// Neighbours of the last cell.
pub const EF_BCCH: u16 = 0x6f74;
/// Access control classes.
pub const EF_ACC: u16 = 0x6f78;
/// Forbidden networks.
pub const EF_FPLMN: u16 = 0x6f7b;
/// Where one was last.
pub const EF_LOCI: u16 = 0x6f7e;
/// Incoming calls.
pub const EF_ICI: u16 = 0x6f80;
/// Outgoing calls.
pub const EF_OCI: u16 = 0x6f81;
/// Times of incoming calls.
pub const EF_ICT: u16 = 0x6f82;
/// Times of outgoing calls.
pub const EF_OCT: u16 = 0x6f83;
/// Administrative data: mode of operation, length of the network code.
pub const EF_AD: u16 = 0x6fad;
/// Phase of a SIM.
pub const EF_PHASE: u16 = 0x6fae;
/// Emergency numbers.
pub const EF_ECC: u16 = 0x6fb7;
/// Frequencies of cells.
pub const EF_NETPAR: u16 = 0x6fc4;
/// Names of networks.
pub const EF_PNN: u16 = 0x6fc5;
/// Networks and areas that the names are for.
pub const EF_OPL: u16 = 0x6fc6;
/// Numbers of mail boxes.
pub const EF_MBDN: u16 = 0x6fc7;
/// Which profile has which mail box.
pub const EF_MBI: u16 = 0x6fc9;
/// How many messages wait in mail boxes.
pub const EF_MWIS: u16 = 0x6fca;
/// Where calls are forwarded to.
pub const EF_CFIS: u16 = 0x6fcb;
/// Networks under the name of the service provider.
pub const EF_SPDI: u16 = 0x6fcd;
/// Multimedia message notifications.
pub const EF_MMSN: u16 = 0x6fce;
/// Parameters of the generic bootstrapping architecture (GBA).
pub const EF_GBABP: u16 = 0x6fd6;
/// Keys of multimedia broadcasts.
pub const EF_MSK: u16 = 0x6fd7;
/// The user's key of multimedia broadcasts.
pub const EF_MUK: u16 = 0x6fd8;
/// Whom keys of GBA are for.
pub const EF_GBANL: u16 = 0x6fda;
/// Data connections: access points, names and passwords.
pub const EF_NCP_IP: u16 = 0x6fe2;
/// Where one was last, of the evolved packet system.
pub const EF_EPSLOCI: u16 = 0x6fe3;
/// Keys of the evolved packet system.
pub const EF_EPSNSC: u16 = 0x6fe4;
