//! Files of the card that are not for every phone: what they tell of other phones, of keys, and of who and where one is.
//!
//! A file is known by its number, for which application and folder a library takes it from, nobody knows. Only the files
//! of CDMA that have the number of a harmless file elsewhere are told from that, by folder or application.
//!
//! Reference: 3GPP TS 31.102, 4.2 and 4.4 (USIM); TS 31.103, 4.2 (ISIM); TS 51.011, 10 (SIM); 3GPP2 C.S0023, 3.4
//! (R-UIM) and C.S0065, 5 (CSIM).

/// What a file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) enum Told {
    /// What other phones did, or a key.
    Others,
    /// The IMSI, or what is made of it.
    Imsi,
    /// The number.
    Number,
    /// Which device or module it is.
    Imei,
    /// Where one is, or was last.
    Place,
}
use Told::{Imei, Imsi, Number, Others, Place};

/// Where a number means this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum In {
    Any,
    /// A CSIM, or the CDMA folder of an R-UIM.
    Cdma,
}
use In::{Any, Cdma};

#[rustfmt::skip]
static FILES: &[(i32, In, Told)] = &[
    (0x6f02, Any, Imsi),    // EF_IMPI of an ISIM
    (0x6f03, Any, Imsi),    // EF_DOMAIN of an ISIM: country and network
    (0x6f04, Any, Imsi),    // EF_IMPU of an ISIM
    (0x6f04, Any, Number),
    (0x6f07, Any, Imsi),    // EF_IMSI
    (0x6f08, Any, Others),  // EF_Keys
    (0x6f09, Any, Others),  // EF_KeysPS; of an ISIM EF_P-CSCF
    (0x6f20, Any, Others),  // EF_Kc
    (0x6f22, Any, Imsi),    // EF_IMSI_M
    (0x6f23, Any, Imsi),    // EF_IMSI_T
    (0x6f24, Cdma, Place),  // EF_TMSI, which has the zone that gave it
    (0x6f27, Cdma, Place),  // EF_ALOC: analog location
    (0x6f29, Cdma, Place),  // EF_ZNREGI: zones
    (0x6f2a, Cdma, Place),  // EF_SNREGI: systems and networks
    (0x6f2b, Cdma, Place),  // EF_DISTREGI: base station of the last registration
    (0x6f31, Cdma, Imei),   // EF_RUIMID
    (0x6f33, Any, Others),  // EF_SPC: service programming code
    (0x6f38, Cdma, Imei),   // EF_ESN_MEID_ME
    (0x6f39, Any, Others),  // EF_ACM: accumulated call meter
    (0x6f3c, Any, Others),  // EF_SMS
    (0x6f3e, Cdma, Others), // EF_SMSS
    (0x6f40, Any, Number),  // EF_MSISDN
    (0x6f43, Any, Others),  // EF_SMSS: the last message reference
    (0x6f44, Any, Others),  // EF_LND: last numbers dialled; of CDMA EF_MDN
    (0x6f47, Any, Others),  // EF_SMSR: status reports
    (0x6f50, Cdma, Others), // EF_SIPPAPSS: password of simple IP
    (0x6f52, Any, Others),  // EF_KcGPRS
    (0x6f53, Any, Place),   // EF_LOCIGPRS
    (0x6f5f, Cdma, Imsi),   // EF_IMPI of an R-UIM
    (0x6f60, Cdma, Imsi),   // EF_DOMAIN of an R-UIM
    (0x6f61, Cdma, Imsi),   // EF_IMPU of an R-UIM
    (0x6f61, Cdma, Number),
    (0x6f63, Any, Place),   // EF_CPBCCH: channels of the last cell
    (0x6f65, Cdma, Others), // EF_MMSN
    (0x6f6b, Cdma, Others), // EF_3GCIK: keys
    (0x6f73, Any, Place),   // EF_PSLOCI
    (0x6f74, Any, Place),   // EF_BCCH: neighbours of the last cell
    (0x6f74, Cdma, Imei),   // EF_SF_EUIMID
    (0x6f76, Cdma, Others), // EF_HiddenKey
    (0x6f7c, Cdma, Others), // EF_ICI
    (0x6f7d, Cdma, Others), // EF_OCI
    (0x6f7e, Any, Place),   // EF_LOCI
    (0x6f80, Any, Others),  // EF_ICI: incoming calls
    (0x6f81, Any, Others),  // EF_OCI: outgoing calls
    (0x6f82, Any, Others),  // EF_ICT: their times
    (0x6f83, Any, Others),  // EF_OCT
    (0x6fc4, Any, Place),   // EF_NETPAR: frequencies of cells
    (0x6fce, Any, Others),  // EF_MMSN: multimedia message notifications
    (0x6fd5, Any, Others),  // EF_GBABP of an ISIM
    (0x6fd6, Any, Others),  // EF_GBABP
    (0x6fd7, Any, Others),  // EF_MSK: broadcast keys; of an ISIM EF_GBANL
    (0x6fd8, Any, Others),  // EF_MUK
    (0x6fda, Any, Others),  // EF_GBANL: whom GBA keys are for
    (0x6fe2, Any, Others),  // EF_NCP-IP: names and passwords of data connections
    (0x6fe3, Any, Place),   // EF_EPSLOCI
    (0x6fe4, Any, Others),  // EF_EPSNSC
];

/// Folders of which the whole is for privileged phones: EF_Kc and EF_KcGPRS of a USIM; EF_WRI, which has a key of I-WLAN,
/// and EF_Pseudo; EF_5GS3GPPLOCI, EF_5GSN3GPPLOCI, EF_5GS3GPPNSC, EF_5GSN3GPPNSC, EF_5GAUTHKEYS, EF_SUCI_Calc_Info and
/// EF_SUPI_NAI (TS 31.102, 4.4.3, 4.4.5 and 4.4.11).
const FOLDERS: [i32; 3] = [0x5f3b, 0x5f40, 0x5fc0];

/// What a file tells. Whether it is one of CDMA, is asked where it matters.
pub(in crate::router) fn told(file: i32, is_of_cdma: impl Fn() -> bool) -> impl Iterator<Item = Told> {
    let its = FILES.iter().filter(move |(known, ..)| *known == file);
    its.filter(move |(_, place, _)| *place == Any || is_of_cdma()).map(|(.., told)| *told)
}

/// Whether all that is in a folder is for privileged phones.
pub(in crate::router) fn is_guarded_folder(folder: i32) -> bool {
    FOLDERS.contains(&folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_in_order_and_none_is_there_twice() {
        let numbers_and_what = |(file, place, told): &(i32, In, Told)| (*file, *place as u8, *told as u8);
        assert!(FILES.is_sorted_by_key(|(file, ..)| *file));
        let mut rows: Vec<_> = FILES.iter().map(numbers_and_what).collect();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), FILES.len());
    }
}
