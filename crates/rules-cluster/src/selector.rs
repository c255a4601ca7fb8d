//! Which labels a selector fits (<https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>).

use manifest::{Node, Object, WrongType};

use crate::quantity::shown;
use crate::workload::{Labels, texts};

/// What a selector asks for, all at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    wanted: Vec<(Box<str>, Box<str>)>,
    asked: Vec<Asked>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    key: Box<str>,
    operator: Operator,
    values: Vec<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Selector {
    /// Reads a selector with `matchLabels` and `matchExpressions`; none at all selects nothing, an empty one everything.
    ///
    /// # Errors
    /// [`WrongType`] if its fields are of other types.
    pub(crate) fn read(node: Option<&Node>) -> Result<Option<Self>, WrongType> {
        let Some(node) = node else { return Ok(None) };
        let mut selector = match node.map_field("matchLabels")? {
            Some(labels) => Self::plain(labels)?,
            None => Self::default(),
        };
        for each in node.list_field("matchExpressions")? {
            let operator = match each.text_field("operator")? {
                Some("In") => Operator::In,
                Some("NotIn") => Operator::NotIn,
                Some("Exists") => Operator::Exists,
                Some("DoesNotExist") => Operator::DoesNotExist,
                _ => {
                    return Err(WrongType {
                        field: "operator".to_owned(),
                        wanted: "`In`, `NotIn`, `Exists` or `DoesNotExist`",
                        found: "another word",
                        at: each.at,
                    });
                }
            };
            let key = each.text_field("key")?.unwrap_or("").into();
            let values = each.list_field("values")?.iter().map(|v| shown(v).into()).collect();
            selector.asked.push(Asked { key, operator, values });
        }
        Ok(Some(selector))
    }

    /// The selector of a PodDisruptionBudget; none where it fits no pod, as an empty one of `policy/v1beta1` (`types.go` of
    /// both versions, `Selector`).
    ///
    /// # Errors
    /// [`WrongType`] if its fields are of other types.
    pub(crate) fn of_budget(budget: &Object) -> Result<Option<Self>, WrongType> {
        let spec = budget.node.map_field("spec")?;
        let selector = Self::read(spec.map(|s| s.map_field("selector")).transpose()?.flatten())?;
        Ok(selector.filter(|s| !s.is_empty() || &*budget.api_version != "policy/v1beta1"))
    }

    /// Reads a mapping of labels, as a Service has it.
    ///
    /// # Errors
    /// [`WrongType`] if a value is no text.
    pub(crate) fn plain(labels: &Node) -> Result<Self, WrongType> {
        let wanted = texts(labels)?.into_iter().map(|(k, v, _)| (k.into(), v.into())).collect();
        Ok(Self { wanted, asked: Vec::new() })
    }

    /// It asks for nothing, and so fits every pod.
    pub(crate) fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.asked.is_empty()
    }

    /// A label that every pod it fits has.
    pub(crate) fn a_label(&self) -> Option<(Box<str>, Box<str>)> {
        self.wanted.first().cloned()
    }

    /// Whether it fits a pod of these labels.
    pub(crate) fn fits(&self, labels: &Labels<'_>) -> bool {
        let wanted = self.wanted.iter().all(|(key, value)| labels.get(&**key) == Some(&&**value));
        wanted
            && self.asked.iter().all(|Asked { key, operator, values }| {
                let label = labels.get(&**key);
                let is_listed = label.is_some_and(|l| values.iter().any(|v| &**v == *l));
                match operator {
                    Operator::In => is_listed,
                    Operator::NotIn => !is_listed,
                    Operator::Exists => label.is_some(),
                    Operator::DoesNotExist => label.is_none(),
                }
            })
    }
}
