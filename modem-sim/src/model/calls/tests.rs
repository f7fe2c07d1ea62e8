//! Conversations with this part of the model.
