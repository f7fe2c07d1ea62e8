//! Why `rilctl` did not do what it was told, and the exit code for it.

use std::io;

use crate::client::ClientError;
use crate::control::client::ControlError;
use crate::control::error::Kind;
use crate::exit::Exit;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CtlError {
    /// The other side said no, or a check failed.
    #[error("{0}")]
    Failed(String),
    /// The command line is wrong in a way that only shows when it is carried out.
    #[error("{0}")]
    Usage(String),
    /// A socket is not there, or says nothing.
    #[error("{0}")]
    Unavailable(String),
    /// The output could not be written.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl CtlError {
    /// The exit code that scripts know it by.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Output(_) if self.is_closed_pipe() => Exit::Ok,
            Self::Failed(_) | Self::Output(_) => Exit::Failed,
            Self::Usage(_) => Exit::Usage,
            Self::Unavailable(_) => Exit::Unavailable,
        }
    }

    /// Whether nobody reads the output any more, which is their good right.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<ClientError> for CtlError {
    fn from(error: ClientError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<ControlError> for CtlError {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::Refused { kind: Kind::NoSuchPhone, message } => Self::Usage(message),
            ControlError::Refused { kind: Kind::Busy, message } => Self::Unavailable(message),
            ControlError::Refused { message, .. } => Self::Failed(message),
            ControlError::Connect { .. } => {
                let hint = "is `rild-proxy root` running, and is this its control socket (--control)?";
                Self::Unavailable(format!("{error}; {hint}"))
            }
            other => Self::Unavailable(other.to_string()),
        }
    }
}
