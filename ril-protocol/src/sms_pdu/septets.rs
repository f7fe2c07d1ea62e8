//! Packing of 7-bit codes into octets, lowest bits first (TS 23.038, 6.1.2.1).
//!
//! Knows nothing of characters. Fill bits put the first septet behind a header on a septet boundary.

/// Octets that hold `septets` behind `fill` zero bits (0 to 6). Bits above the lowest seven of a code are dropped.
pub fn pack(septets: &[u8], fill: u8) -> Vec<u8> {
    let mut octets = Vec::with_capacity(packed_len(septets.len(), fill));
    let (mut pending, mut bits) = (0_u16, u32::from(fill % 7));
    for septet in septets {
        pending |= u16::from(septet & 0x7f) << bits;
        bits += 7;
        if bits >= 8 {
            octets.push(pending.to_le_bytes()[0]);
            pending >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 && !septets.is_empty() {
        octets.push(pending.to_le_bytes()[0]);
    }
    octets
}

/// Up to `count` septets behind `fill` bits (0 to 6); fewer when the octets hold fewer.
pub fn unpack(octets: &[u8], fill: u8, count: usize) -> Vec<u8> {
    let mut septets = Vec::with_capacity(count.min(octets.len() * 8 / 7));
    let (mut pending, mut bits) = (0_u16, 0);
    let mut skip = u32::from(fill % 7);
    for octet in octets {
        pending |= u16::from(*octet) << bits;
        bits += 8;
        pending >>= skip;
        bits -= skip;
        skip = 0;
        while bits >= 7 && septets.len() < count {
            septets.push(pending.to_le_bytes()[0] & 0x7f);
            pending >>= 7;
            bits -= 7;
        }
        if septets.len() >= count {
            break;
        }
    }
    septets
}

/// How many octets `count` septets behind `fill` bits occupy.
pub fn packed_len(count: usize, fill: u8) -> usize {
    if count == 0 { 0 } else { (count * 7 + usize::from(fill % 7)).div_ceil(8) }
}
