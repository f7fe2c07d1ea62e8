//! What the call log is told of one call: when it began, was answered and ended, and why.
//!
//! It refuses to hold up a call: the log is written behind its back ([`super::journal`]).

use caller_tag::E164;

use super::{Bridge, unique};
use crate::cause::Cause;
use crate::clock::now;
use crate::pool::{Call, Direction, Pool};

/// The record of one call.
pub(super) struct Record(Call);

impl Record {
    /// Begins one.
    pub(super) async fn begin<P: Pool>(
        bridge: &Bridge<P>,
        number: E164,
        direction: Direction,
        peer: Option<E164>,
    ) -> Self {
        let record = Self(Call {
            id: unique(),
            bridge: bridge.name.clone(),
            number,
            direction,
            peer: peer.map(|peer| peer.to_string()),
            began: now(),
            answered: None,
            ended: None,
            cause: None,
        });
        record.write(bridge).await;
        record
    }

    /// Somebody has answered.
    pub(super) async fn answered<P: Pool>(&mut self, bridge: &Bridge<P>) {
        self.0.answered = Some(now());
        self.write(bridge).await;
    }

    /// It is over.
    pub(super) async fn ended<P: Pool>(mut self, bridge: &Bridge<P>, cause: Cause) {
        self.0.ended = Some(now());
        self.0.cause = Some(cause.q850());
        self.write(bridge).await;
    }

    async fn write<P: Pool>(&self, bridge: &Bridge<P>) {
        bridge.journal.note(self.0.clone()).await;
    }
}
