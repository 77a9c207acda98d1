//! Icons, drawn as lines on a grid of 24.

use leptos::prelude::*;

/// The icons.
#[derive(Clone, Copy)]
pub(crate) enum Icon {
    Alert,
    Around,
    Attach,
    Back,
    Bell,
    Bold,
    Clock,
    Close,
    Code,
    CodeBlock,
    Copy,
    Delete,
    Details,
    Devices,
    Down,
    Download,
    File,
    Forward,
    Hide,
    Italic,
    Key,
    Leave,
    Link,
    List,
    Megaphone,
    Microphone,
    More,
    Music,
    Next,
    Numbers,
    Pause,
    Pen,
    People,
    Picture,
    Pin,
    Play,
    Quote,
    React,
    Reply,
    Retry,
    Save,
    Search,
    SearchText,
    Seen,
    Send,
    Sent,
    Settings,
    Shield,
    Strike,
    Thread,
    Unread,
    Up,
    ZoomIn,
    ZoomOut,
}

impl Icon {
    /// Its lines.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5v5M12 16h.01",
            Self::Around => "M8 8.5 12 4.5l4 4M8 15.5l4 4 4-4M5 12h14",
            Self::Attach => "M12 5v14M5 12h14",
            Self::Back => "m15 5-7 7 7 7",
            Self::Bell => "M6 16.5h12l-1.5-2.5v-4a4.5 4.5 0 0 0-9 0v4zM10 19.5a2.2 2.2 0 0 0 4 0",
            Self::Bold => "M8 5h5.2a3.4 3.4 0 0 1 0 6.8H8zM8 11.8h6a3.6 3.6 0 0 1 0 7.2H8z",
            Self::Clock => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l2.5 2",
            Self::Close => "M6 6l12 12M18 6 6 18",
            Self::Code => "m8.5 7.5-4.5 4.5 4.5 4.5M15.5 7.5l4.5 4.5-4.5 4.5",
            Self::CodeBlock => {
                "M6 4h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM10 9.5 7.5 12l2.5 2.5M14 9.5l2.5 2.5-2.5 2.5"
            }
            Self::Copy => {
                "M10 8.5h8.5A1.5 1.5 0 0 1 20 10v8.5a1.5 1.5 0 0 1-1.5 1.5H10a1.5 1.5 0 0 1-1.5-1.5V10A1.5 1.5 0 0 1 10 8.5zM5.5 15.5A1.5 1.5 0 0 1 4 14V5.5A1.5 1.5 0 0 1 5.5 4H14a1.5 1.5 0 0 1 1.5 1.5"
            }
            Self::Delete => "M4 7h16M9.5 7V4.5h5V7M6 7l1 12.5h10L18 7M10 11v5M14 11v5",
            Self::Details => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 8h.01",
            Self::Devices => "M4 5h16v10.5H4zM12 15.5v4M8.5 19.5h7",
            Self::Down => "m6 9 6 6 6-6",
            Self::Download => "M12 4v11.5M7 10.5l5 5 5-5M5 20h14",
            Self::File => "M7 3.5h6.5L18 8v12.5H7zM13.5 3.5V8H18",
            Self::Hide => {
                "M4 4l16 16M10 6.3A9.5 9.5 0 0 1 12 6c5 0 8 4 9 6a13 13 0 0 1-2.4 3.2M6.5 8A13.5 13.5 0 0 0 3 12c1 2 4 6 9 6a9.3 9.3 0 0 0 4.3-1M10 10.2a2.8 2.8 0 0 0 3.9 3.9"
            }
            Self::Italic => "M10.5 5H17M7 19h6.5M14 5l-4 14",
            Self::Key => {
                "M8 12.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10.5 13.5 19 5M15.5 8.5l2.5 2.5M17.5 6.5l2 2"
            }
            Self::Forward => "M14 6l6 6-6 6M20 12H9a5 5 0 0 0-5 5v1",
            Self::Leave => "M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M11 12h9M17 8.5l3.5 3.5-3.5 3.5",
            Self::Link => {
                "M10 14a4 4 0 0 0 6 .4l3-3a4.2 4.2 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6-.4l-3 3a4.2 4.2 0 0 0 6 6l1.5-1.5"
            }
            Self::List => "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
            Self::Megaphone => {
                "M4 10v4a1 1 0 0 0 1 1h3l9 4.5V4.5L8 9H5a1 1 0 0 0-1 1zM8.5 15l1.5 5h2.5l-1.2-4M20 10v4"
            }
            Self::Microphone => {
                "M12 3.5a2.8 2.8 0 0 0-2.8 2.8v5.2a2.8 2.8 0 0 0 5.6 0V6.3A2.8 2.8 0 0 0 12 3.5zM6 11.5a6 6 0 0 0 12 0M12 17.5V21"
            }
            Self::More => {
                "M5.5 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6zM12 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6zM18.5 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6z"
            }
            Self::Music => {
                "M9 17.5V6l10-2v11.5M9 17.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 15.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z"
            }
            Self::Next => "m9 5 7 7-7 7",
            Self::Numbers => {
                "M10 6h10M10 12h10M10 18h10M4 4.5l1.5-.5v4M4 15.2c.3-.6.8-.9 1.3-.9.7 0 1.2.4 1.2 1 0 1.2-2.5 1.7-2.5 3.2h2.7"
            }
            Self::Pause => "M8.5 6v12M15.5 6v12",
            Self::Pen => "M12 20h9M16.5 3.5a2.1 2.1 0 0 1 3 3L7 19l-4 1 1-4z",
            Self::People => {
                "M9 5a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 9 5zM3 19.5c.3-3.2 2.6-5 6-5s5.7 1.8 6 5M15.5 5.3a3.2 3.2 0 0 1 0 5.8M17.5 14.9c2 .7 3.2 2.3 3.5 4.6"
            }
            Self::Picture => {
                "M5 4.5h14A1.5 1.5 0 0 1 20.5 6v12a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18V6A1.5 1.5 0 0 1 5 4.5zM8.5 8.2a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6zM4 17l4.5-4 3.5 3 3.5-4 5 5"
            }
            Self::Pin => "M9 4h6M10 4v5.5L6.5 13v1.5h11V13L14 9.5V4M12 14.5V20",
            Self::Play => "M8 5.5v13L18.5 12z",
            Self::Quote => "M5 5v14M9.5 7H20M9.5 12H20M9.5 17H16",
            Self::React => {
                "M14.5 4.4A8.5 8.5 0 1 0 20.2 10M8.5 14.5a4.2 4.2 0 0 0 7 0M9 9.5h.01M14 9.5h.01M19 2.5v5M16.5 5h5"
            }
            Self::Reply => "M9.5 6 4.5 11l5 5M5 11h8.5a6 6 0 0 1 6 6v1",
            Self::Retry => "M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5",
            Self::Save => "M7 4h10v16l-5-4-5 4z",
            Self::Search => "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4",
            Self::SearchText => {
                "M4 5.5h16M4 11h5M4 16.5h5M15 9.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM18 16.5l2.5 2.5"
            }
            Self::Seen => "m2 12.5 4.5 4.5L15 8M11.5 15.5 13 17 22 8",
            Self::Send => "M12 19V5M5 12l7-7 7 7",
            Self::Sent => "m5 12.5 4.5 4.5L19 8",
            Self::Settings => {
                "M4 7h10M18 7h2M4 17h2M10 17h10M16 5a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM8 15a2 2 0 1 0 0 4 2 2 0 0 0 0-4z"
            }
            Self::Thread => {
                "M5 4.5h14A1.5 1.5 0 0 1 20.5 6v9a1.5 1.5 0 0 1-1.5 1.5h-8L6.5 20v-3.5H5A1.5 1.5 0 0 1 3.5 15V6A1.5 1.5 0 0 1 5 4.5zM8 9h8M8 12.5h5"
            }
            Self::Unread => {
                "M14 5H6a2 2 0 0 0-2 2v12l4-3.5h10a2 2 0 0 0 2-2V11M18.5 3a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"
            }
            Self::Up => "m6 15 6-6 6 6",
            Self::Shield => "M12 3l7 2.8v5.2c0 4.5-2.9 7.9-7 10-4.1-2.1-7-5.5-7-10V5.8zM9 12l2.2 2.2L15.2 10",
            Self::Strike => {
                "M4 12h16M16.5 8c-.4-1.8-2.2-3-4.5-3-2.6 0-4.5 1.3-4.5 3.3 0 .8.3 1.5.9 2M7 15.8c.4 1.9 2.4 3.2 5 3.2 2.8 0 4.9-1.3 4.9-3.4 0-.9-.3-1.6-.9-2.2"
            }
            Self::ZoomIn => "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4M8 11h6M11 8v6",
            Self::ZoomOut => "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4M8 11h6",
        }
    }
}

/// An icon. It is hidden from assistive technology: the parent gives its meaning in words.
#[component]
pub(crate) fn IconView(icon: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=icon.path()></path>
        </svg>
    }
}

/// Confab's logo.
#[component]
pub(crate) fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 5.5A2.5 2.5 0 0 1 6.5 3h7A2.5 2.5 0 0 1 16 5.5v4a2.5 2.5 0 0 1-2.5 2.5H9l-3.6 2.7A.9.9 0 0 1 4 14z"></path>
            <path
                class="logo-back"
                d="M18 8h-.5v2A4.5 4.5 0 0 1 13 14.5h-2.8A2.5 2.5 0 0 0 12.5 16H16l3.1 2.3a.6.6 0 0 0 .9-.5V10a2 2 0 0 0-2-2z"
            ></path>
        </svg>
    }
}
