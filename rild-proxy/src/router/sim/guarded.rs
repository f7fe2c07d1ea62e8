//! Files of the card that are not for every phone: what they tell of other phones, of keys, and of who and where one
//! is.
//!
//! A file is known by its number, for which application and folder a library takes it from, nobody knows. Only the
//! files of CDMA that have the number of a harmless file elsewhere are told from that, by folder or application.
//!
//! Reference: 3GPP TS 31.102, 4.2 and 4.4 (USIM); TS 31.103, 4.2 (ISIM); TS 51.011, 10 (SIM); 3GPP2 C.S0023, 3.4
//! (R-UIM) and C.S0065, 5 (CSIM).

use ril_protocol::card::{self, cdma, folders, isim};

/// What a file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) enum Told {
    /// What other phones did, or a key.
    Others,
    /// The IMSI, or what is made of it.
    Imsi,
    /// The number.
    Number,
    /// What the network does for that number: calls that it forwards, messages in its voice mail box.
    Service,
    /// Which device or module it is.
    Imei,
    /// Where one is, or was last.
    Place,
}
use Told::{Imei, Imsi, Number, Others, Place, Service};

/// Where a number means this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum In {
    Any,
    /// A CSIM, or the CDMA folder of an R-UIM.
    Cdma,
}
use In::{Any, Cdma};

static FILES: &[(u16, In, Told)] = &[
    (isim::EF_IMPI, Any, Imsi),
    (isim::EF_DOMAIN, Any, Imsi),
    (isim::EF_IMPU, Any, Imsi),
    (isim::EF_IMPU, Any, Number),
    (card::EF_IMSI, Any, Imsi),
    (card::EF_KEYS, Any, Others),
    (card::EF_KEYS_PS, Any, Others), // and EF_P-CSCF of an ISIM
    (card::EF_CPHS_VMWF, Any, Service),
    (card::EF_CPHS_CFF, Any, Service),
    (card::EF_KC, Any, Others),
    (cdma::EF_IMSI_M, Any, Imsi),
    (cdma::EF_IMSI_T, Any, Imsi),
    (cdma::EF_TMSI, Cdma, Place),
    (cdma::EF_ALOC, Cdma, Place),
    (cdma::EF_ZNREGI, Cdma, Place),
    (cdma::EF_SNREGI, Cdma, Place),
    (cdma::EF_DISTREGI, Cdma, Place),
    (cdma::EF_RUIMID, Cdma, Imei),
    (cdma::EF_SPC, Any, Others),
    (cdma::EF_ESN_MEID_ME, Cdma, Imei),
    (card::EF_ACM, Any, Others),
    (card::EF_SMS, Any, Others),
    (cdma::EF_SMSS, Cdma, Others),
    (card::EF_MSISDN, Any, Number),
    (card::EF_SMSS, Any, Others),
    (card::EF_LND, Any, Others), // and EF_MDN of CDMA
    (card::EF_SMSR, Any, Others),
    (card::EF_EXT5, Any, Others),
    (cdma::EF_SIPPAPSS, Cdma, Others),
    (card::EF_KC_GPRS, Any, Others),
    (card::EF_LOCIGPRS, Any, Place),
    (cdma::EF_IMPI, Cdma, Imsi),
    (cdma::EF_DOMAIN, Cdma, Imsi),
    (cdma::EF_IMPU, Cdma, Imsi),
    (cdma::EF_IMPU, Cdma, Number),
    (card::EF_CPBCCH, Any, Place),
    (cdma::EF_MMSN, Cdma, Others),
    (cdma::EF_3GCIK, Cdma, Others),
    (card::EF_PSLOCI, Any, Place),
    (card::EF_BCCH, Any, Place),
    (cdma::EF_SF_EUIMID, Cdma, Imei),
    (cdma::EF_HIDDEN_KEY, Cdma, Others),
    (cdma::EF_ICI, Cdma, Others),
    (cdma::EF_OCI, Cdma, Others),
    (card::EF_LOCI, Any, Place),
    (card::EF_ICI, Any, Others),
    (card::EF_OCI, Any, Others),
    (card::EF_ICT, Any, Others),
    (card::EF_OCT, Any, Others),
    (card::EF_NETPAR, Any, Place),
    (card::EF_MWIS, Any, Service),
    (card::EF_CFIS, Any, Service),
    (card::EF_MMSN, Any, Others),
    (isim::EF_GBABP, Any, Others),
    (card::EF_GBABP, Any, Others),
    (card::EF_MSK, Any, Others), // and EF_GBANL of an ISIM
    (card::EF_MUK, Any, Others),
    (card::EF_GBANL, Any, Others),
    (card::EF_NCP_IP, Any, Others),
    (card::EF_EPSLOCI, Any, Place),
    (card::EF_EPSNSC, Any, Others),
];

/// Folders of which the whole is for privileged phones: EF_Kc and EF_KcGPRS of a USIM; EF_WRI, which has a key of
/// I-WLAN, and EF_Pseudo; EF_5GS3GPPLOCI, EF_5GSN3GPPLOCI, EF_5GS3GPPNSC, EF_5GSN3GPPNSC, EF_5GAUTHKEYS,
/// EF_SUCI_Calc_Info and EF_SUPI_NAI (TS 31.102, 4.4.3, 4.4.5 and 4.4.11).
const FOLDERS: [u16; 3] = [folders::DF_GSM_ACCESS, folders::DF_WLAN, folders::DF_5GS];

/// What a file tells. Whether it is one of CDMA, is asked where it matters.
pub(in crate::router) fn told(file: i32, is_of_cdma: impl Fn() -> bool) -> impl Iterator<Item = Told> {
    let its = FILES.iter().filter(move |(known, ..)| i32::from(*known) == file);
    its.filter(move |(_, place, _)| *place == Any || is_of_cdma()).map(|(.., told)| *told)
}

/// Whether all that is in a folder is for privileged phones.
pub(in crate::router) fn is_guarded_folder(folder: u16) -> bool {
    FOLDERS.contains(&folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_in_order_and_none_is_there_twice() {
        let numbers_and_what = |(file, place, told): &(u16, In, Told)| (*file, *place as u8, *told as u8);
        assert!(FILES.is_sorted_by_key(|(file, ..)| *file));
        let mut rows: Vec<_> = FILES.iter().map(numbers_and_what).collect();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), FILES.len());
    }
}
