//! A shell script as words and marks: quotes taken off, expansions one part of their word, comments left out.

/// A token of the shell (POSIX shell, 2.3), with the 0-based line on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) line: usize,
    /// Nothing stands between it and the token before.
    pub(super) glued: bool,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word; a `plain` one has no quotes and may be reserved.
    Word { text: String, plain: bool },
    /// `;`, `&&`, `(`, the end of a line.
    Mark(&'static str),
    /// `>`, `<<`: the next word says where, or is the whole here-document.
    Redirect(&'static str),
}

/// The longest first.
const MARKS: [&str; 22] = [
    ";;&", "&>>", "<<<", "<<-", "&&", "||", ";;", ";&", "|&", "&>", "<<", "<&", "<>", ">>", ">&", ">|", "<",
    ">", "&", "|", ";", "(",
];

/// The tokens of a script, and whether all of its quotes and expansions are closed.
pub(super) fn tokens(script: &str) -> (Vec<Token>, bool) {
    let chars: Vec<char> = script.chars().collect();
    let mut lexer = Lexer { chars: &chars, ..Lexer::default() };
    while lexer.peek(0).is_some() {
        lexer.next();
    }
    (lexer.done, !lexer.open)
}

#[derive(Default)]
struct Lexer<'c> {
    chars: &'c [char],
    at: usize,
    line: usize,
    done: Vec<Token>,
    /// Something was opened and never closed.
    open: bool,
    /// Tokens that name the ends of here-documents which begin on the next line.
    documents: Vec<usize>,
    /// Where the last token ended.
    end: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(n, c)| self.peek(n) == Some(c))
    }

    fn push(&mut self, kind: Kind, line: usize, began: usize) {
        let glued = began == self.end && began != 0;
        self.done.push(Token { kind, line, glued });
        self.end = self.at;
    }

    /// Takes one token, or the blanks or the comment before it.
    fn next(&mut self) {
        let (line, began) = (self.line, self.at);
        match self.peek(0) {
            Some('\n') => {
                self.take();
                self.push(Kind::Mark("\n"), line, began);
                self.documents();
            }
            Some('\\') if self.peek(1) == Some('\n') => self.skip(2),
            Some(c) if c.is_whitespace() => self.skip(1),
            Some('#') => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
            }
            Some(')') => {
                self.take();
                self.push(Kind::Mark(")"), line, began);
            }
            Some('<' | '>') if self.peek(1) == Some('(') => self.word(),
            Some(_) => match MARKS.iter().find(|m| self.starts(m)) {
                Some(mark) => {
                    self.skip(mark.len());
                    let kind = match mark.contains(['<', '>']) {
                        true => Kind::Redirect(mark),
                        false => Kind::Mark(mark),
                    };
                    self.push(kind, line, began);
                }
                None => self.word(),
            },
            None => {}
        }
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.take();
        }
    }

    fn word(&mut self) {
        let (line, began) = (self.line, self.at);
        let (mut text, mut plain) = (String::new(), true);
        while let Some(c) = self.peek(0) {
            match c {
                '\'' | '"' => {
                    plain = false;
                    self.take();
                    self.quoted(c, &mut text);
                }
                '\\' if self.peek(1) == Some('\n') => self.skip(2),
                '\\' => {
                    plain = false;
                    self.take();
                    text.extend(self.take());
                }
                '`' | '$' => self.expansion(&mut text),
                '(' if text.ends_with('=') => self.balanced(')', &mut text),
                '<' | '>' if text.is_empty() && self.peek(1) == Some('(') => {
                    text.extend(self.take());
                    self.balanced(')', &mut text);
                }
                c if c.is_whitespace() || ";&|()<>".contains(c) => break,
                c => {
                    text.push(c);
                    self.take();
                }
            }
        }
        let number = plain && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if number && matches!(self.peek(0), Some('<' | '>')) {
            return;
        }
        let names_document =
            matches!(self.done.last(), Some(Token { kind: Kind::Redirect("<<" | "<<-"), .. }));
        self.push(Kind::Word { text, plain }, line, began);
        if names_document {
            self.documents.push(self.done.len() - 1);
        }
    }

    /// What stands up to the closing quote.
    fn quoted(&mut self, quote: char, text: &mut String) {
        loop {
            match self.peek(0) {
                None => {
                    self.open = true;
                    return;
                }
                Some(c) if c == quote => {
                    self.take();
                    return;
                }
                Some('\\') if quote == '"' && self.peek(1) == Some('\n') => self.skip(2),
                Some('\\') if quote == '"' && matches!(self.peek(1), Some('"' | '\\' | '$' | '`')) => {
                    self.take();
                    text.extend(self.take());
                }
                Some('`' | '$') if quote == '"' => self.expansion(text),
                Some(_) => text.extend(self.take()),
            }
        }
    }

    /// `${…}`, `${{ … }}`, `$(…)` and backquotes, which become the form before; any other `$` is itself.
    fn expansion(&mut self, text: &mut String) {
        if self.starts("${{") {
            while !self.starts("}}") {
                match self.take() {
                    Some(c) => text.extend(Some(c).filter(|c| !c.is_whitespace())),
                    None => {
                        self.open = true;
                        return;
                    }
                }
            }
            self.skip(2);
            text.push_str("}}");
            return;
        }
        match (self.take(), self.peek(0)) {
            (Some('`'), _) => {
                text.push_str("$(");
                self.until('`', text);
                text.push(')');
            }
            (_, Some('(')) => {
                text.push('$');
                self.balanced(')', text);
            }
            (_, Some('{')) => {
                text.push('$');
                self.balanced('}', text);
            }
            // `$'…'` is a quote.
            (_, Some('\'')) => {}
            _ => text.push('$'),
        }
    }

    fn until(&mut self, close: char, text: &mut String) {
        while let Some(c) = self.take() {
            match c {
                c if c == close => return,
                '\\' => text.extend(self.take()),
                c => text.extend(Some(c).filter(|c| !c.is_whitespace())),
            }
        }
        self.open = true;
    }

    /// From an opening bracket to the one that closes it, blanks left out.
    fn balanced(&mut self, close: char, text: &mut String) {
        text.extend(self.take());
        let mut closers = vec![close];
        while let Some(&closer) = closers.last() {
            let Some(c) = self.take() else { break };
            text.extend(Some(c).filter(|c| !c.is_whitespace()));
            match c {
                c if c == closer => drop(closers.pop()),
                '\\' => text.extend(self.take().filter(|c| !c.is_whitespace())),
                '"' | '`' => closers.push(c),
                '\'' if closer == ')' => {
                    while self.peek(0).is_some_and(|c| c != '\'') {
                        text.extend(self.take().filter(|c| !c.is_whitespace()));
                    }
                    text.extend(self.take());
                }
                '(' if closer == ')' => closers.push(')'),
                '$' if self.peek(0) == Some('(') => {
                    text.extend(self.take());
                    closers.push(')');
                }
                '$' if self.peek(0) == Some('{') => {
                    text.extend(self.take());
                    closers.push('}');
                }
                _ => {}
            }
        }
        self.open |= !closers.is_empty();
    }

    /// Takes the here-documents that begin here; each stands for the word that named its end.
    fn documents(&mut self) {
        for index in std::mem::take(&mut self.documents) {
            let mut body = String::new();
            let Some(Token { kind: Kind::Word { text: mark, .. }, .. }) = self.done.get(index) else {
                continue;
            };
            let mark = mark.clone();
            while self.peek(0).is_some() {
                let mut line = String::new();
                while let Some(c) = self.take().filter(|c| *c != '\n') {
                    line.push(c);
                }
                if line.trim() == mark {
                    break;
                }
                body.push_str(&line);
                body.push('\n');
            }
            if let Some(Token { kind: Kind::Word { text, .. }, .. }) = self.done.get_mut(index) {
                *text = body;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<String> {
        let (all, _) = tokens(script);
        let text = |token: Token| match token.kind {
            Kind::Word { text, .. } => text,
            Kind::Mark(mark) | Kind::Redirect(mark) => mark.to_owned(),
        };
        all.into_iter().map(text).collect()
    }

    #[test]
    fn quotes_and_expansions_are_parts_of_words() {
        assert_eq!(words("a 'b c' \"d\\\"e\" f\\ g"), ["a", "b c", "d\"e", "f g"]);
        assert_eq!(words("x=\"$(basename \"$a b\")\" `pwd`/y"), ["x=$(basename\"$ab\")", "$(pwd)/y"]);
        assert_eq!(words("a=(b c) ${{ github.sha }} ${d:-e}"), ["a=(bc)", "${{github.sha}}", "${d:-e}"]);
        assert_eq!(words("diff <(a b) c"), ["diff", "<(ab)", "c"]);
    }

    #[test]
    fn marks_and_redirections_stand_alone() {
        assert_eq!(
            words("a&&b||c|d&e;(f)"),
            ["a", "&&", "b", "||", "c", "|", "d", "&", "e", ";", "(", "f", ")"]
        );
        assert_eq!(words("a 2>&1 >x 3<y &>z"), ["a", ">&", "1", ">", "x", "<", "y", "&>", "z"]);
        assert_eq!(words("a # b\nc#d"), ["a", "\n", "c#d"]);
    }

    #[test]
    fn a_document_stands_for_its_end() {
        assert_eq!(words("cat <<-'E' | b\n x\nE\nc"), ["cat", "<<-", " x\n", "|", "b", "\n", "c"]);
    }

    #[test]
    fn what_is_not_closed_is_told() {
        for open in ["'a", "\"a", "$(a", "${a", "`a", "${{ a", "\"$(a\""] {
            assert!(!tokens(open).1, "{open}");
        }
        assert!(tokens("'a' \"$(b 'c)')\"").1);
    }
}
