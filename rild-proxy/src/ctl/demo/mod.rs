//! `rilctl demo`: two phones share the simulated modem, told as a story of which every sentence is checked.
//!
//! Nothing is played: a root daemon and two proxy RilDs run as processes of their own, the vendor library is loaded
//! through its C ABI, and the two clients speak the protocol of a rild. If a sentence is not true, it is marked, what
//! happened instead is told, and the exit code is 1.

mod actors;
mod stage;

use std::io::Write;

use ril_protocol::payload::call::CallState;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use serde_json::{Value, json};

use super::error::CtlError;
use actors::{Phone, Wrong};
use stage::Stage;

/// A number that somebody calls from, and the same with the tag of the phone "work" behind it.
const FRIEND: &str = "15550199999";
const FRIEND_FOR_WORK: &str = "155501999992";
const RESTAURANT: &str = "15550123456";

/// Tells the story, and checks it.
pub(super) fn run(out: &mut dyn Write) -> Result<(), CtlError> {
    let mut story = Story { out, checked: 0, wrong: 0 };
    story.tell()?;
    let Story { out, checked, wrong } = story;
    if wrong > 0 {
        return Err(CtlError::Failed(format!("{wrong} of {checked} statements were not true")));
    }
    writeln!(out, "\nAll {checked} statements held.")?;
    Ok(())
}

struct Story<'a> {
    out: &'a mut dyn Write,
    checked: u32,
    wrong: u32,
}

impl Story<'_> {
    fn chapter(&mut self, title: &str) -> Result<(), CtlError> {
        writeln!(self.out, "\n{title}")?;
        self.out.flush().map_err(CtlError::Output)
    }

    /// A sentence and whether it is true.
    fn check(&mut self, sentence: &str, truth: Result<(), Wrong>) -> Result<(), CtlError> {
        self.checked += 1;
        match truth {
            Ok(()) => writeln!(self.out, "  ok     {sentence}")?,
            Err(wrong) => {
                self.wrong += 1;
                writeln!(self.out, "  WRONG  {sentence}\n         instead: {wrong}")?;
            }
        }
        self.out.flush().map_err(CtlError::Output)
    }

    fn tell(&mut self) -> Result<(), CtlError> {
        writeln!(
            self.out,
            "One modem, one vendor library, two phones: \"personal\" has the screen, \"work\" is behind it."
        )?;
        let mut stage = Stage::set()?;
        let mut personal = stage.phone("personal")?;
        let mut work = stage.phone("work")?;
        self.both_are_online(&mut personal, &mut work)?;
        self.calls_out(&stage, &mut personal, &mut work)?;
        self.a_call_for_work(&stage, &mut personal, &mut work)?;
        self.messages(&stage, &mut personal, &mut work)?;
        self.the_screen_changes_hands(&stage, &mut personal, &mut work)?;
        self.root_is_killed(&mut stage, &mut personal, &mut work)
    }

    fn both_are_online(&mut self, personal: &mut Phone, work: &mut Phone) -> Result<(), CtlError> {
        self.chapter("Both phones switch the radio on")?;
        for phone in [personal, work] {
            let name = phone.name;
            self.check(&format!("{name} switches its radio on and sees it on"), phone.switch_radio_on())?;
            self.check(&format!("{name} is registered with the network"), phone.wait_for_network())?;
        }
        Ok(())
    }

    fn calls_out(&mut self, stage: &Stage, personal: &mut Phone, work: &mut Phone) -> Result<(), CtlError> {
        self.chapter("A call out")?;
        let dial = json!({ "address": RESTAURANT });
        self.check("personal dials a restaurant", personal.ask(RequestCode::DIAL, dial.clone()).map(drop))?;
        let answered = personal.wait_for_call(|call| call.state == CallState::ACTIVE);
        self.check("the restaurant answers, personal is in the call", answered)?;
        self.check("work sees no call at all", work.sees_no_call())?;
        self.check("work may not dial: it is in the background", work.is_refused(RequestCode::DIAL, dial))?;
        self.check("work cannot end personal's call", work.is_refused(RequestCode::HANGUP, json!([1])))?;
        self.check("personal hangs up", personal.ask(RequestCode::HANGUP, json!([1])).map(drop))?;
        self.check("the call is over", personal.wait_for_no_call())?;
        let emergency = json!({ "address": "112" });
        self.check("work dials 112: that goes through", work.ask(RequestCode::DIAL, emergency).map(drop))?;
        self.check("the emergency centre answers", work.wait_for_call(|call| call.state == CallState::ACTIVE))?;
        self.check("personal sees nothing of it", personal.sees_no_call())?;
        self.check("work hangs up", work.ask(RequestCode::HANGUP, json!([1])).map(drop))?;
        self.check("the modem is idle again", stage.modem_is_idle(work))
    }

    fn a_call_for_work(&mut self, stage: &Stage, personal: &mut Phone, work: &mut Phone) -> Result<(), CtlError> {
        self.chapter("A friend calls work's own number")?;
        writeln!(
            self.out,
            "  The number service sends the call on to the SIM and appends work's digit to the caller: {FRIEND_FOR_WORK}."
        )?;
        personal.forget_what_was_heard();
        self.check("the modem reports a call", stage.modem(&format!("gsm call {FRIEND_FOR_WORK}")).map(drop))?;
        self.check("work rings", work.wait_for(UnsolCode::CALL_RING).map(drop))?;
        let true_caller = work.wait_for_call(|call| call.number.as_deref() == Some(FRIEND));
        self.check(&format!("work shows the true caller, {FRIEND}"), true_caller)?;
        let silent = personal.heard_none_of(&[UnsolCode::CALL_RING, UnsolCode::RESPONSE_CALL_STATE_CHANGED]);
        self.check("personal has heard nothing", silent)?;
        self.check("personal cannot answer it", personal.is_refused(RequestCode::ANSWER, Value::Null))?;
        self.check("work answers", work.ask(RequestCode::ANSWER, Value::Null).map(drop))?;
        self.check("work is in the call", work.wait_for_call(|call| call.state == CallState::ACTIVE))?;
        self.check("the friend hangs up", stage.modem(&format!("gsm cancel {FRIEND_FOR_WORK}")).map(drop))?;
        self.check("work's call is over", work.wait_for_no_call())
    }

    fn messages(&mut self, stage: &Stage, personal: &mut Phone, work: &mut Phone) -> Result<(), CtlError> {
        self.chapter("Short messages")?;
        self.check(
            "personal writes \"Table for two?\" to the restaurant",
            personal.send_sms(RESTAURANT, "Table for two?"),
        )?;
        self.check("the network has it", stage.network_has_sms(RESTAURANT, "Table for two?"))?;
        work.forget_what_was_heard();
        let answer = stage.modem(&format!("sms send {RESTAURANT} At eight!"));
        self.check("the restaurant answers", answer.map(drop))?;
        self.check("personal gets \"At eight!\"", personal.receives_sms(RESTAURANT, "At eight!"))?;
        self.check("work has got nothing", work.heard_none_of(&[UnsolCode::RESPONSE_NEW_SMS]))?;
        personal.forget_what_was_heard();
        let for_work = stage.modem(&format!("sms send +{FRIEND_FOR_WORK} Are you there?"));
        self.check("the friend writes to work's own number", for_work.map(drop))?;
        let received = work.receives_sms(&format!("+{FRIEND}"), "Are you there?");
        self.check("work gets \"Are you there?\" from the true sender", received)?;
        self.check("personal has got nothing", personal.heard_none_of(&[UnsolCode::RESPONSE_NEW_SMS]))
    }

    fn the_screen_changes_hands(
        &mut self,
        stage: &Stage,
        personal: &mut Phone,
        work: &mut Phone,
    ) -> Result<(), CtlError> {
        self.chapter("Work comes to the foreground")?;
        self.check("the screen goes to work", stage.foreground("work"))?;
        let dial = json!({ "address": RESTAURANT });
        self.check("now personal may not dial", personal.is_refused(RequestCode::DIAL, dial.clone()))?;
        self.check("and work may", work.ask(RequestCode::DIAL, dial).map(drop))?;
        self.check("the restaurant answers", work.wait_for_call(|call| call.state == CallState::ACTIVE))?;
        self.check("work hangs up", work.ask(RequestCode::HANGUP, json!([1])).map(drop))?;
        self.check("the call is over", work.wait_for_no_call())?;
        self.check("personal goes into airplane mode and sees its radio off", personal.airplane_mode())?;
        self.check("work is still registered with the network", work.wait_for_network())
    }

    fn root_is_killed(&mut self, stage: &mut Stage, personal: &mut Phone, work: &mut Phone) -> Result<(), CtlError> {
        self.chapter("The root daemon is killed and started again")?;
        self.check("root is killed (SIGKILL)", stage.kill_root())?;
        for phone in [&mut *personal, &mut *work] {
            let name = phone.name;
            self.check(
                &format!("{name} stays connected and hears that the radio is gone"),
                phone.hears_radio("UNAVAILABLE"),
            )?;
            let told = phone.is_told(RequestCode::GET_IMEI, Errno::RADIO_NOT_AVAILABLE);
            self.check(&format!("a question of {name}'s is answered: radio not available"), told)?;
        }
        self.check("root is started again", stage.start_root())?;
        for phone in [personal, work] {
            let name = phone.name;
            self.check(&format!("{name} is served again without connecting anew"), phone.is_served_again())?;
        }
        Ok(())
    }
}
