//! What is to be known of dialogs beside what the stack knows: by which side each was made, whether the answer was
//! acknowledged, which provisional responses wait for their PRACK, and why it was ended.
//!
//! It sends nothing. What it knows of a dialog is gone when that is forgotten.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::transaction::endpoint::MessageInspector;
use tokio_util::sync::CancellationToken;

use super::lock;
use super::prack::Pracks;
use super::reliable::Acknowledged;
use crate::cause::Cause;

/// All dialogs of an agent.
#[derive(Default)]
pub(super) struct Dialogs {
    /// What the BYE of a dialog said was its reason, until its leg has read it.
    reasons: Mutex<HashMap<String, Cause>>,
    /// The provisional responses that wait for their PRACK, by dialog.
    awaited: Mutex<HashMap<String, Arc<Acknowledged>>>,
    /// Calls that came in, by dialog, until their ACK has come.
    unacknowledged: Mutex<HashMap<String, CancellationToken>>,
    /// Where responses to calls of this side are acknowledged.
    pracks: Arc<Pracks>,
    /// Call-ID and own tag of the calls that this side makes.
    placed: Mutex<HashSet<(String, String)>>,
}

impl Dialogs {
    /// What the stack asks before each message.
    pub(super) fn inspector(&self) -> Box<dyn MessageInspector> {
        self.pracks.inspector()
    }

    /// Where the dialogs are.
    pub(super) fn watch(&self, layer: &Arc<DialogLayer>) {
        self.pracks.watch(layer);
    }

    /// The BYE that ends this dialog says why.
    pub(super) fn ends(&self, id: &DialogId, cause: Cause) {
        lock(&self.reasons).insert(id.to_string(), cause);
    }

    /// What the BYE that ended this dialog said.
    pub(super) fn take_reason(&self, id: &DialogId) -> Option<Cause> {
        lock(&self.reasons).remove(&id.to_string())
    }

    /// This dialog has provisional responses that must arrive.
    pub(super) fn awaits(&self, id: &DialogId, acknowledged: Arc<Acknowledged>) {
        lock(&self.awaited).insert(id.to_string(), acknowledged);
    }

    /// The provisional responses of this dialog that must arrive.
    pub(super) fn awaited(&self, id: &DialogId) -> Option<Arc<Acknowledged>> {
        lock(&self.awaited).get(&id.to_string()).cloned()
    }

    /// This dialog was made by a call that came in.
    pub(super) fn begins(&self, id: &DialogId) {
        lock(&self.unacknowledged).insert(id.to_string(), CancellationToken::new());
    }

    /// This dialog is made by a call of this side.
    pub(super) fn places(&self, id: &DialogId) {
        lock(&self.placed).insert((id.call_id.clone(), id.local_tag.clone()));
    }

    pub(super) fn has_placed(&self, id: &DialogId) -> bool {
        lock(&self.placed).contains(&(id.call_id.clone(), id.local_tag.clone()))
    }

    /// The ACK of its answer has come.
    pub(super) fn is_acknowledged(&self, id: &DialogId) {
        if let Some(waits) = lock(&self.unacknowledged).remove(&id.to_string()) {
            waits.cancel();
        }
    }

    /// What is cancelled when the ACK of the answer of a call that came in has come; `None` when it has.
    pub(super) fn unacknowledged(&self, id: &DialogId) -> Option<CancellationToken> {
        lock(&self.unacknowledged).get(&id.to_string()).cloned()
    }

    /// Waits for the ACK of the answer of a call that came in: nothing can be said within a call before that.
    pub(super) fn acknowledgement(&self, id: &DialogId) -> impl Future<Output = ()> + Send + use<> {
        let waits = self.unacknowledged(id);
        async move {
            if let Some(waits) = waits {
                waits.cancelled().await;
            }
        }
    }

    /// This dialog is no more.
    pub(super) fn forget(&self, id: &DialogId) {
        self.is_acknowledged(id);
        self.pracks.forget(id);
        lock(&self.placed).remove(&(id.call_id.clone(), id.local_tag.clone()));
        let id = id.to_string();
        lock(&self.reasons).remove(&id);
        lock(&self.awaited).remove(&id);
    }
}
