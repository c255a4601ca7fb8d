//! Rules about images and what lies in them.
