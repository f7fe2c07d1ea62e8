//! SIP statuses that the rest of this service answers with or tells apart, by number: what answers a request is the
//! stack's own type in `sip` alone.
//!
//! Reference: RFC 3261 section 21; RFC 3428 section 7 (202 of a MESSAGE).

/// OK.
pub(crate) const OK: u16 = 200;
/// Accepted: it goes on later.
pub(crate) const ACCEPTED: u16 = 202;
/// Bad Request.
pub(crate) const BAD_REQUEST: u16 = 400;
/// Forbidden.
pub(crate) const FORBIDDEN: u16 = 403;
/// Not Found.
pub(crate) const NOT_FOUND: u16 = 404;
/// Request Timeout.
pub(crate) const REQUEST_TIMEOUT: u16 = 408;
/// Request Entity Too Large.
pub(crate) const REQUEST_ENTITY_TOO_LARGE: u16 = 413;
/// Unsupported Media Type.
pub(crate) const UNSUPPORTED_MEDIA_TYPE: u16 = 415;
/// Call/Transaction Does Not Exist.
pub(crate) const DOES_NOT_EXIST: u16 = 481;
/// Not Acceptable Here: no media in common.
pub(crate) const NOT_ACCEPTABLE_HERE: u16 = 488;
/// Request Pending: another change is under way.
pub(crate) const REQUEST_PENDING: u16 = 491;
/// Server Internal Error.
pub(crate) const SERVER_INTERNAL_ERROR: u16 = 500;
/// Service Unavailable.
pub(crate) const SERVICE_UNAVAILABLE: u16 = 503;
