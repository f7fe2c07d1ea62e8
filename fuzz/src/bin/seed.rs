//! Writes the seeds into `corpus/TARGET/`, where `cargo fuzz run TARGET` takes them up.

use std::path::Path;

use ril_fuzz::seeds;

fn main() -> std::io::Result<()> {
    let targets = [
        ("capture", seeds::capture()),
        ("conversions", seeds::conversions()),
        ("frame", seeds::frame()),
        ("link_messages", seeds::link_messages()),
        ("link_records", seeds::link_records()),
        ("parcel", seeds::parcel()),
        ("payloads", seeds::payloads()),
        ("router_events", seeds::router_events()),
        ("sap", seeds::sap()),
        ("scenarios", seeds::scenarios()),
        ("session_descriptions", seeds::session_descriptions()),
        ("sip_requests", seeds::sip_requests()),
        ("sms_pdu", seeds::sms_pdu()),
        ("speech_and_digits", seeds::speech_and_digits()),
        ("trace_file", seeds::trace_file()),
        ("trace_import", seeds::trace_import()),
    ];
    for (target, inputs) in targets {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        std::fs::create_dir_all(&folder)?;
        for (number, input) in inputs.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:03}")), input)?;
        }
    }
    Ok(())
}
