//! A value that each SIM has of its own: written alone where there is one SIM, and as a list in the order of the SIMs.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is configured for the SIMs, the first one first; those that the list is too short for have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerSim<T>(Vec<T>);

impl<T> PerSim<T> {
    /// Nothing for any SIM.
    pub const NONE: Self = Self(Vec::new());

    /// That of the SIM at this place, counted from 0.
    pub fn of(&self, place: usize) -> Option<&T> {
        self.0.get(place)
    }

    /// That of the first SIM.
    pub fn first(&self) -> Option<&T> {
        self.of(0)
    }

    /// Those of all SIMs.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    /// For how many SIMs there is one.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none for any SIM.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Clone> PerSim<T> {
    /// What a root with this SIM alone would have.
    pub(super) fn only(&self, place: usize) -> Self {
        Self(self.of(place).cloned().into_iter().collect())
    }
}

impl<T> Default for PerSim<T> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<T> From<T> for PerSim<T> {
    fn from(only: T) -> Self {
        Self(vec![only])
    }
}

impl<T> FromIterator<T> for PerSim<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl<T: Serialize> Serialize for PerSim<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [] => serializer.serialize_none(),
            [only] => only.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl<'de, T: From<String>> Deserialize<'de> for PerSim<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrSeveral(PhantomData))
    }
}

struct OneOrSeveral<T>(PhantomData<T>);

impl<'de, T: From<String>> Visitor<'de> for OneOrSeveral<T> {
    type Value = PerSim<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or a list of strings, one for each SIM")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(PerSim::NONE)
    }

    fn visit_str<E: Error>(self, only: &str) -> Result<Self::Value, E> {
        Ok(PerSim::from(T::from(only.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element::<String>()? {
            values.push(T::from(value));
        }
        if values.is_empty() { Err(A::Error::invalid_length(0, &self)) } else { Ok(PerSim(values)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<PerSim<String>, String> {
        serde_json::from_str(json).map_err(|why| why.to_string())
    }

    #[test]
    fn what_was_written_is_read() {
        for json in ["null", "\"a\"", "[\"a\",\"b\"]"] {
            assert_eq!(serde_json::to_string(&read(json).unwrap()).unwrap(), json);
        }
        let two = read("[\"a\",\"b\"]").unwrap();
        assert_eq!((two.first().unwrap().as_str(), two.of(1).unwrap().as_str(), two.of(2)), ("a", "b", None));
        assert_eq!((two.only(1), two.only(2)), (PerSim::from("b".to_owned()), PerSim::NONE));
        assert_eq!(read("[\"a\"]"), read("\"a\""));
    }

    #[test]
    fn what_is_neither_is_told() {
        assert!(read("[]").unwrap_err().starts_with("invalid length 0, expected a string, or a list of strings"));
        assert!(read("5").unwrap_err().starts_with("invalid type: integer `5`, expected a string, or a list"));
        assert!(read("[5]").unwrap_err().starts_with("invalid type: integer `5`, expected a string"));
    }
}
