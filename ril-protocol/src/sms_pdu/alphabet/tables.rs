//! The character tables of TS 23.038: the default alphabet (6.2.1), its extension (6.2.1.1) and the national language
//! tables of annex A (single shift A.2, locking shift A.3) for Turkish, Spanish and Portuguese.
//!
//! A locking shift table has one row per value of the upper three bits, which the standard prints as columns. A single
//! shift table lists only the codes that it defines. Code 0x1B is the escape in every table.

/// A locking shift table: rows of the upper three bits, columns of the lower four. NUL marks a code without character.
pub(super) type Locking = [[char; 16]; 8];

/// GSM 7 bit default alphabet (6.2.1).
#[rustfmt::skip]
pub(super) const DEFAULT: Locking = [
    ['@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å'],
    ['Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Æ', 'æ', 'ß', 'É'],
    [' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/'],
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?'],
    ['¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O'],
    ['P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§'],
    ['¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o'],
    ['p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à'],
];

/// Turkish locking shift (A.3.1).
#[rustfmt::skip]
pub(super) const TURKISH: Locking = [
    ['@', '£', '$', '¥', '€', 'é', 'ù', 'ı', 'ò', 'Ç', '\n', 'Ğ', 'ğ', '\r', 'Å', 'å'],
    ['Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Ş', 'ş', 'ß', 'É'],
    [' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/'],
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?'],
    ['İ', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O'],
    ['P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§'],
    ['ç', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o'],
    ['p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à'],
];

/// Portuguese locking shift (A.3.3).
#[rustfmt::skip]
pub(super) const PORTUGUESE: Locking = [
    ['@', '£', '$', '¥', 'ê', 'é', 'ú', 'í', 'ó', 'ç', '\n', 'Ô', 'ô', '\r', 'Á', 'á'],
    ['Δ', '_', 'ª', 'Ç', 'À', '∞', '^', '\\', '€', 'Ó', '|', '\u{1b}', 'Â', 'â', 'Ê', 'É'],
    [' ', '!', '"', '#', 'º', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/'],
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?'],
    ['Í', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O'],
    ['P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ã', 'Õ', 'Ú', 'Ü', '§'],
    ['~', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o'],
    ['p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ã', 'õ', '`', 'ü', 'à'],
];

/// Extension of the default alphabet (6.2.1.1).
#[rustfmt::skip]
pub(super) const DEFAULT_EXTENSION: &[(u8, char)] = &[
    (0x0a, '\u{c}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2f, '\\'), (0x3c, '['), (0x3d, '~'),
    (0x3e, ']'), (0x40, '|'), (0x65, '€'),
];

/// Turkish single shift (A.2.1).
#[rustfmt::skip]
pub(super) const TURKISH_EXTENSION: &[(u8, char)] = &[
    (0x0a, '\u{c}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2f, '\\'), (0x3c, '['), (0x3d, '~'),
    (0x3e, ']'), (0x40, '|'), (0x47, 'Ğ'), (0x49, 'İ'), (0x53, 'Ş'), (0x63, 'ç'), (0x65, '€'),
    (0x67, 'ğ'), (0x69, 'ı'), (0x73, 'ş'),
];

/// Spanish single shift (A.2.2).
#[rustfmt::skip]
pub(super) const SPANISH_EXTENSION: &[(u8, char)] = &[
    (0x09, 'ç'), (0x0a, '\u{c}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2f, '\\'), (0x3c, '['),
    (0x3d, '~'), (0x3e, ']'), (0x40, '|'), (0x41, 'Á'), (0x49, 'Í'), (0x4f, 'Ó'), (0x55, 'Ú'),
    (0x61, 'á'), (0x65, '€'), (0x69, 'í'), (0x6f, 'ó'), (0x75, 'ú'),
];

/// Portuguese single shift (A.2.3).
#[rustfmt::skip]
pub(super) const PORTUGUESE_EXTENSION: &[(u8, char)] = &[
    (0x05, 'ê'), (0x09, 'ç'), (0x0a, '\u{c}'), (0x0b, 'Ô'), (0x0c, 'ô'), (0x0e, 'Á'), (0x0f, 'á'),
    (0x12, 'Φ'), (0x13, 'Γ'), (0x14, '^'), (0x15, 'Ω'), (0x16, 'Π'), (0x17, 'Ψ'), (0x18, 'Σ'),
    (0x19, 'Θ'), (0x1f, 'Ê'), (0x28, '{'), (0x29, '}'), (0x2f, '\\'), (0x3c, '['), (0x3d, '~'),
    (0x3e, ']'), (0x40, '|'), (0x41, 'À'), (0x49, 'Í'), (0x4f, 'Ó'), (0x55, 'Ú'), (0x5b, 'Ã'),
    (0x5c, 'Õ'), (0x61, 'Â'), (0x65, '€'), (0x69, 'í'), (0x6f, 'ó'), (0x75, 'ú'), (0x7b, 'ã'),
    (0x7c, 'õ'), (0x7f, 'â'),
];
