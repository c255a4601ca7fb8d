//! Charts and kustomizations, made into manifests by the user's own programs.

/// Renders. Implemented by `local`.
pub trait Render: Sync {
    /// The manifests that `wanted` comes to, and by which program.
    ///
    /// Programs get neither the user's environment nor a shell, and are not let onto the network.
    ///
    /// # Errors
    /// [`Unrendered`] if there is no such program, or if it failed, took too long or wrote too much.
    fn render(&self, wanted: &Wanted<'_>) -> Result<Rendered, Unrendered>;
}

/// What renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A chart, by Helm.
    Chart,
    /// A kustomization, by Kustomize or kubectl.
    Kustomization,
}

impl Form {
    /// `chart`, `kustomization`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chart => "chart",
            Self::Kustomization => "kustomization",
        }
    }
}

/// What is to be rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'w> {
    /// What it is.
    pub form: Form,
    /// The folder that is the target, as the user named it.
    pub root: &'w str,
    /// Folder in it, `/`-separated; empty for the target itself.
    pub folder: &'w str,
    /// What a release of the chart is called.
    pub release: &'w str,
    /// Which programs are asked, and how.
    pub programs: &'w Programs,
}

/// The programs, and what they are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Programs {
    /// Helm; `None` for the first `helm` on the path.
    pub helm: Option<String>,
    /// Kustomize, or a kubectl; `None` for the first of either on the path.
    pub kustomize: Option<String>,
    /// Files of values for charts, beside the chart's own; later ones win.
    pub values: Vec<String>,
}

/// What a program made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// YAML documents.
    pub bytes: Vec<u8>,
    /// The program and its version, `helm v4.1.0`.
    pub by: String,
}

/// Why there is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrendered {
    /// In words, with what the program said.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// Renders nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRender;

impl Render for NoRender {
    fn render(&self, _: &Wanted<'_>) -> Result<Rendered, Unrendered> {
        let remedy = "render it elsewhere and scan the result".to_owned();
        Err(Unrendered { reason: "nothing can be rendered here".to_owned(), remedy })
    }
}
