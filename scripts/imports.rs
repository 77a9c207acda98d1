//! Reads the imports of the crates in `scripts/imports.txt` and fails on a circle of imports, and on an import of a layer
//! that is not below the importing one. One file that needs only the standard library, compiled and run by `make check`.
//!
//! A module is its file with the folder beside it. A path imports the deepest file that it names, and a name that a file
//! has from its own child is an import of that child. `mod child;` and `pub use self::child::Name` import nothing: every
//! module names its children. A module that uses a child in its own code imports it, and then the child may import
//! nothing from the module's own file. Comments, literals, tests and the output of macros are not read; a glob imports
//! the file that it names.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    fs, io,
    path::Path,
    process::ExitCode,
};

/// How many re-exports of one name are followed: more than a sensible chain has, and an end to a circular one.
const MAX_HOPS: usize = 8;

/// The only argument is another table than the committed one.
fn main() -> ExitCode {
    let table = std::env::args().nth(1).unwrap_or_else(|| "scripts/imports.txt".to_owned());
    let (files, problems) = match read(&table) {
        Ok((layers, sources)) => (sources.len(), check(&table, &layers, &sources)),
        Err(error) => (0, vec![format!("failed to read the sources: {error}")]),
    };
    problems.iter().for_each(|problem| eprintln!("{problem}"));
    if problems.is_empty() {
        println!("imports: {files} files, no circle, none upward");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A source file: its path from the repository's root, and its text.
type Source = (String, String);

/// The table and all sources of the crates in it.
fn read(table: &str) -> io::Result<(String, Vec<Source>)> {
    let layers = fs::read_to_string(table).map_err(|error| io::Error::other(format!("{table}: {error}")))?;
    let mut sources = Vec::new();
    for Section { folder, .. } in parse_table(&layers) {
        read_folder(Path::new(folder), &mut sources)
            .map_err(|error| io::Error::other(format!("{folder}: {error}")))?;
    }
    if sources.is_empty() {
        Err(io::Error::other(format!("{table} names no crate")))
    } else {
        Ok((layers, sources))
    }
}

fn read_folder(folder: &Path, sources: &mut Vec<Source>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_folder(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push((path.to_string_lossy().into_owned(), fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// All problems, one line each.
fn check(table: &str, layers: &str, sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for section in parse_table(layers) {
        let tree = Tree::new(section.folder, sources);
        problems.extend(section.differences(&tree).into_iter().map(|problem| format!("{table}: {problem}")));
        let imports = tree.imports();
        problems.extend(imports.values().filter_map(|import| section.refusal(import)));
        let parents: BTreeSet<&[String]> =
            tree.files.keys().filter_map(|module| Some(module.split_last()?.1)).collect();
        problems.extend(parents.into_iter().flat_map(|parent| circles(&graph_within(parent, &imports))));
    }
    problems
}

/// A crate's part of the table: its top-level modules in layers, the highest first.
struct Section<'a> {
    folder: &'a str,
    layers: Vec<Vec<&'a str>>,
    /// Imports that are allowed within one layer.
    allowed: Vec<(&'a str, &'a str)>,
}

fn parse_table(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines().filter_map(|line| line.split('#').next()).filter(|line| !line.trim().is_empty())
    {
        match (sections.last_mut(), line.split_once("->")) {
            (Some(section), Some((from, to))) => section.allowed.push((from.trim(), to.trim())),
            (Some(section), None) if line.starts_with(' ') => {
                section.layers.push(line.split_whitespace().collect())
            }
            _ => sections.push(Section { folder: line.trim(), layers: Vec::new(), allowed: Vec::new() }),
        }
    }
    sections
}

impl Section<'_> {
    /// How the listed modules differ from the crate's top-level ones.
    fn differences(&self, tree: &Tree) -> Vec<String> {
        let folder = self.folder;
        let listed: Vec<&str> = self.layers.concat();
        let modules: BTreeSet<&str> =
            tree.files.keys().filter_map(|module| module.first()).map(String::as_str).collect();
        let unlisted = modules.iter().filter(|module| !listed.contains(module));
        let unknown = listed.iter().filter(|module| !modules.contains(*module));
        let repeated = (0..listed.len()).filter(|place| listed[..*place].contains(&listed[*place]));
        unlisted
            .map(|module| format!("the module {module} of {folder} is in no layer"))
            .chain(unknown.map(|module| format!("{folder} has no module {module}")))
            .chain(repeated.map(|place| format!("the module {} of {folder} is listed twice", listed[place])))
            .collect()
    }

    /// Why the layers forbid an import, where they do.
    fn refusal(&self, import: &Import) -> Option<String> {
        let importer = import.from.module.first()?.as_str();
        let Some(imported) = import.to.module.first().map(String::as_str) else {
            return Some(format!("{import}: {importer} is below the crate's root"));
        };
        let layer_of = |module| self.layers.iter().position(|layer| layer.contains(&module));
        let (from, to) = (layer_of(importer)?, layer_of(imported)?);
        if importer == imported || from < to || from == to && self.allowed.contains(&(importer, imported)) {
            None
        } else if from == to {
            Some(format!("{import}: {importer} and {imported} are in one layer"))
        } else {
            Some(format!("{import}: {importer} is below {imported}"))
        }
    }
}

/// The names of modules that lead to one from the crate's root, which has none.
type Module = Vec<String>;

/// The first import by which one file depends on another.
struct Import<'a> {
    from: &'a File,
    to: &'a File,
    line: usize,
    name: String,
}

impl std::fmt::Display for Import<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} imports {}", self.from.path, self.line, self.name)
    }
}

/// Imports by the importing and the imported module.
type Imports<'a> = BTreeMap<(&'a Module, &'a Module), Import<'a>>;

/// Which part of a module imports which others, with one import each.
type Graph<'a> = BTreeMap<&'a [String], BTreeMap<&'a [String], &'a Import<'a>>>;

/// The imports among the parts of a module: its own file, and each child with all that is in it.
fn graph_within<'a>(parent: &[String], imports: &'a Imports<'a>) -> Graph<'a> {
    let part = |module: &'a Module| {
        module.starts_with(parent).then(|| &module[..module.len().min(parent.len() + 1)])
    };
    let mut graph = Graph::new();
    for ((from, to), import) in imports {
        if let (Some(from), Some(to)) = (part(from), part(to))
            && from != to
        {
            graph.entry(from).or_default().entry(to).or_insert(import);
        }
    }
    graph
}

/// The shortest circle through each part that is in one and that no other circle shows.
fn circles(graph: &Graph) -> Vec<String> {
    let mut shown = BTreeSet::new();
    let mut circles = Vec::new();
    for start in graph.keys() {
        if shown.contains(start) {
            continue;
        }
        let Some(circle) = shortest_circle(start, graph) else { continue };
        shown.extend(circle.iter().copied());
        let name = |part: &&[String]| if part.is_empty() { "crate".to_owned() } else { part.join("::") };
        let imports: Vec<String> =
            circle.windows(2).map(|pair| graph[pair[0]][pair[1]].to_string()).collect();
        let names: Vec<String> = circle.iter().map(name).collect();
        circles.push(format!("circle: {}: {}", names.join(" -> "), imports.join(", ")));
    }
    circles
}

/// The parts along the shortest way from one back to itself.
fn shortest_circle<'a>(start: &'a [String], graph: &Graph<'a>) -> Option<Vec<&'a [String]>> {
    let mut reached_from: BTreeMap<&[String], &[String]> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(from) = queue.pop_front() {
        for to in graph.get(from).into_iter().flat_map(BTreeMap::keys) {
            reached_from.entry(to).or_insert_with(|| {
                queue.push_back(to);
                from
            });
        }
    }
    let mut circle = vec![start, *reached_from.get(start)?];
    while circle[circle.len() - 1] != start {
        circle.push(reached_from[circle[circle.len() - 1]]);
    }
    circle.reverse();
    Some(circle)
}

/// A crate's files by their modules.
struct Tree {
    files: BTreeMap<Module, File>,
}

impl Tree {
    fn new(folder: &str, sources: &[Source]) -> Self {
        let inner_path = |source: &Source| Some(source.0.strip_prefix(folder)?.strip_prefix('/')?.to_owned());
        let has_library = sources.iter().any(|source| inner_path(source).as_deref() == Some("lib.rs"));
        let mut files = BTreeMap::from([(Module::new(), File::default())]);
        for source in sources {
            let Some(path) = inner_path(source) else { continue };
            let mut module: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            match path.as_str() {
                // An executable beside a library is a crate of its own that nothing can import.
                "main.rs" if has_library => continue,
                "main.rs" | "lib.rs" => module.clear(),
                _ => {}
            }
            if !module.iter().any(|name| name == "tests") {
                files.insert(module.clone(), Reader::read(&source.0, module, &source.1));
            }
        }
        let tests: Vec<Module> = files.values().flat_map(|file| file.test_modules.clone()).collect();
        files.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        Self { files }
    }

    fn imports(&self) -> Imports<'_> {
        let mut imports = Imports::new();
        for file in self.files.values() {
            for path in file.uses.iter().chain(&file.paths) {
                let Some(target) = self.absolute(&path.scope, &path.segments, MAX_HOPS) else { continue };
                let to = self.locate(&target, MAX_HOPS);
                let mut line = path.line;
                if path.public && !path.glob && to.module.starts_with(&file.module) {
                    let Some(used) = file.names.get(&path.name) else { continue };
                    line = *used;
                }
                if to.module == file.module {
                    continue;
                }
                let name = format!("crate::{}{}", target.join("::"), if path.glob { "::*" } else { "" });
                imports.entry((&file.module, &to.module)).or_insert(Import { from: file, to, line, name });
            }
        }
        imports
    }

    /// A path from the crate's root; none where it leads to another crate or to what the file itself defines.
    fn absolute(&self, scope: &Module, segments: &[String], hops: usize) -> Option<Module> {
        let (first, rest) = segments.split_first()?;
        let child = [scope.as_slice(), std::slice::from_ref(first)].concat();
        let mut path = match first.as_str() {
            "crate" => Module::new(),
            "self" => scope.clone(),
            "super" => scope.split_last()?.1.to_vec(),
            _ if self.files.contains_key(&child) => child,
            name => self.imported(scope, name, hops)?,
        };
        for segment in rest {
            match segment.as_str() {
                "super" => drop(path.pop()),
                _ => path.push(segment.clone()),
            }
        }
        Some(path)
    }

    /// What a name stands for that a `use` of its module brings in.
    fn imported(&self, scope: &Module, name: &str, hops: usize) -> Option<Module> {
        let file = (0..=scope.len()).rev().find_map(|length| self.files.get(&scope[..length]))?;
        let named = file.uses.iter().find(|path| path.scope == *scope && path.name == name && !path.glob)?;
        self.absolute(scope, &named.segments, hops.checked_sub(1)?)
    }

    /// The deepest file that a path from the root names.
    fn locate(&self, path: &[String], hops: usize) -> &File {
        let depth = (1..=path.len()).take_while(|length| self.files.contains_key(&path[..*length])).count();
        let file = &self.files[&path[..depth]];
        let Some(name) = path.get(depth) else { return file };
        if let Some(target) = self.imported(&file.module, name, hops)
            && hops > 0
            && target.len() > depth
            && target.starts_with(&file.module)
            && self.files.contains_key(&target[..=depth])
        {
            return self.locate(&[&target, &path[depth + 1..]].concat(), hops - 1);
        }
        // `#[macro_export]` puts a macro into the root, wherever it is defined.
        let defines = |file: &&File| depth == 0 && file.macros.contains(name);
        self.files.values().find(defines).unwrap_or(file)
    }
}

/// What one file says.
#[derive(Default)]
struct File {
    path: String,
    module: Module,
    /// What `use` declarations name, one for each name.
    uses: Vec<UsedPath>,
    /// Paths of two or more segments elsewhere.
    paths: Vec<UsedPath>,
    /// Where each name first stands alone.
    names: HashMap<String, usize>,
    macros: BTreeSet<String>,
    /// Modules in files of their own that only tests have.
    test_modules: Vec<Module>,
}

struct UsedPath {
    /// The module it stands in: the file's, or one within the file.
    scope: Module,
    segments: Vec<String>,
    /// The name that a `use` brings in; empty for any other path.
    name: String,
    public: bool,
    glob: bool,
    line: usize,
}

/// Reads a file's tokens from the first to the last.
struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    /// How many brackets of any kind are open.
    depth: usize,
    scope: Module,
    /// The depth within each inline module, and within each enum, that is open.
    inline_modules: Vec<usize>,
    enums: Vec<usize>,
    file: File,
}

impl<'a> Reader<'a> {
    fn read(path: &str, module: Module, text: &'a str) -> File {
        let file = File { path: path.to_owned(), module: module.clone(), ..File::default() };
        let (tokens, inline_modules, enums) = (tokens(text), Vec::new(), Vec::new());
        let mut reader = Self { tokens, at: 0, depth: 0, scope: module, inline_modules, enums, file };
        while reader.at < reader.tokens.len() {
            reader.step();
        }
        reader.file
    }

    /// The token so many places ahead; empty beyond the end.
    fn ahead(&self, places: usize) -> &'a str {
        self.tokens.get(self.at + places).map_or("", |token| token.text)
    }

    fn behind(&self, places: usize) -> &'a str {
        self.at.checked_sub(places).map_or("", |at| self.tokens[at].text)
    }

    fn step(&mut self) {
        match self.ahead(0) {
            "#" => self.attribute(),
            "pub" => {
                self.skip_visibility();
                if self.ahead(0) == "use" {
                    self.at += 1;
                    self.use_tree(&[], true);
                }
            }
            "use" => {
                self.at += 1;
                self.use_tree(&[], false);
            }
            "mod" if self.ahead(2) == "{" => {
                self.scope.push(self.ahead(1).to_owned());
                self.inline_modules.push(self.depth + 1);
                self.at += 2;
            }
            "enum" => {
                self.enums.push(self.depth + 1);
                self.at += 2;
            }
            "macro_rules" => {
                self.file.macros.insert(self.ahead(2).to_owned());
                self.at += 3;
            }
            "{" | "(" | "[" => {
                self.depth += 1;
                self.at += 1;
            }
            "}" | ")" | "]" => self.close(),
            text if is_name(text) => self.path(),
            _ => self.at += 1,
        }
    }

    fn close(&mut self) {
        if self.inline_modules.pop_if(|depth| *depth == self.depth).is_some() {
            self.scope.pop();
        }
        self.enums.pop_if(|depth| *depth == self.depth);
        self.depth = self.depth.saturating_sub(1);
        self.at += 1;
    }

    /// Skips `pub` and its parentheses: `pub(in crate::module)` imports nothing.
    fn skip_visibility(&mut self) {
        self.at += 1;
        if self.ahead(0) == "(" && (self.ahead(1) == "in" || self.ahead(2) == ")") {
            self.skip_group();
        }
    }

    /// Skips `#[cfg(test)]` with its item, and all that follows `#![cfg(test)]`; reads any other attribute as code.
    fn attribute(&mut self) {
        let inner = self.ahead(1) == "!";
        self.at += 1 + usize::from(inner);
        let start = self.at;
        if self.ahead(0) != "[" || self.ahead(1) != "cfg" {
            return;
        }
        self.skip_group();
        let has = |text| self.tokens[start..self.at].iter().any(|token| token.text == text);
        if !has("test") || has("not") {
            self.at = start;
        } else if inner {
            self.at = self.tokens.len();
        } else {
            self.skip_item();
        }
    }

    /// Skips from an opening bracket to the token behind its closing one.
    fn skip_group(&mut self) {
        let mut open = 0;
        while self.at < self.tokens.len() {
            match self.ahead(0) {
                "{" | "(" | "[" => open += 1,
                "}" | ")" | "]" => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return;
            }
        }
    }

    /// Skips an item with its attributes; a field or a statement is read as code.
    fn skip_item(&mut self) {
        while self.ahead(0) == "#" {
            self.at += 1;
            self.skip_group();
        }
        if self.ahead(0) == "pub" {
            self.skip_visibility();
        }
        if self.ahead(0) == "mod" && self.ahead(2) == ";" {
            self.file.test_modules.push([self.scope.as_slice(), &[self.ahead(1).to_owned()]].concat());
        }
        if !begins_item(self.ahead(0)) {
            return;
        }
        while self.at < self.tokens.len() {
            match self.ahead(0) {
                ";" => return self.at += 1,
                "{" => return self.skip_group(),
                "(" | "[" => self.skip_group(),
                _ => self.at += 1,
            }
        }
    }

    fn use_tree(&mut self, prefix: &[String], public: bool) {
        let mut segments = prefix.to_vec();
        let line = self.line();
        while self.ahead(0) == "::" || is_name(self.ahead(0)) && self.ahead(0) != "as" {
            if self.ahead(0) != "::" {
                segments.push(self.ahead(0).to_owned());
            }
            self.at += 1;
        }
        if self.ahead(0) == "{" {
            while matches!(self.ahead(0), "{" | ",") {
                self.at += 1;
                if self.ahead(0) != "}" {
                    self.use_tree(&segments, public);
                }
            }
            self.at += 1;
            return;
        }
        if segments.len() > 1 {
            segments.pop_if(|last| last == "self");
        }
        let mut name = segments.last().cloned().unwrap_or_default();
        let glob = self.ahead(0) == "*";
        self.at += usize::from(glob);
        if self.ahead(0) == "as" {
            name = self.ahead(1).to_owned();
            self.at += 2;
        }
        self.file.uses.push(UsedPath { scope: self.scope.clone(), segments, name, public, glob, line });
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |token| token.line)
    }

    /// Reads a path, or a name that stands alone.
    fn path(&mut self) {
        let (line, name, before) = (self.line(), self.ahead(0), self.behind(1));
        let is_member = before == "::" || before == "." && self.behind(2) != ".";
        let is_variant = self.enums.last() == Some(&self.depth) && matches!(before, "{" | "," | "]");
        let mut segments = vec![name.to_owned()];
        self.at += 1;
        while self.ahead(0) == "::" && is_name(self.ahead(1)) {
            segments.push(self.ahead(1).to_owned());
            self.at += 2;
        }
        let is_used = name.starts_with(char::is_uppercase) || matches!(self.ahead(0), "(" | "!" | "::");
        if segments.len() > 1 && !is_member {
            let (scope, name) = (self.scope.clone(), String::new());
            self.file.paths.push(UsedPath { scope, segments, name, public: false, glob: false, line });
        } else if is_used && !is_member && !is_variant && !begins_item(before) {
            self.file.names.entry(name.to_owned()).or_insert(line);
        }
    }
}

/// The words that begin an item.
const ITEMS: &str = "async const enum extern fn impl macro_rules mod static struct trait type unsafe use";

fn begins_item(word: &str) -> bool {
    ITEMS.split(' ').any(|item| item == word)
}

/// A name, a word, `::`, or one other character.
struct Token<'a> {
    text: &'a str,
    line: usize,
}

/// The tokens of a source, without comments, literals and lifetimes.
fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let skipped = skipped_length(rest);
        let length = match skipped {
            0 if is_name(rest) => name_length(rest),
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            _ => skipped,
        };
        let (text, after) = rest.split_at(length);
        if skipped == 0 {
            tokens.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn name_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The bytes of the space, comment, literal, lifetime or `r#` that a text begins with; 0 where it begins with none.
fn skipped_length(text: &str) -> usize {
    let end_of = |found: Option<usize>| found.unwrap_or(text.len());
    if text.starts_with("//") {
        return end_of(text.find('\n'));
    }
    if text.starts_with("/*") {
        return comment_length(text);
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return name_length(text);
    }
    let literal = text.trim_start_matches(['b', 'c']);
    let raw = literal.trim_start_matches('r');
    let quoted = raw.trim_start_matches('#');
    let prefix = text.len() - raw.len();
    let hashes = raw.len() - quoted.len();
    match quoted.chars().next() {
        _ if prefix > 2 => 0,
        Some('"') if raw.len() < literal.len() => {
            let (start, end) = (prefix + hashes + 1, format!("\"{}", "#".repeat(hashes)));
            end_of(text[start..].find(&end).map(|at| start + at + end.len()))
        }
        Some('"') if hashes == 0 => prefix + quoted_length(quoted),
        Some('\'') if hashes == 0 => prefix + quote_length(quoted),
        _ if text.starts_with("r#") => 2,
        _ => text.len() - text.trim_start().len(),
    }
}

fn comment_length(text: &str) -> usize {
    let (mut length, mut open) = (0, 0);
    while let Some(next) = text[length..].find("/*").into_iter().chain(text[length..].find("*/")).min() {
        open += if text[length + next..].starts_with("/*") { 1 } else { -1 };
        length += next + 2;
        if open == 0 {
            return length;
        }
    }
    text.len()
}

/// The bytes of a literal that ends with the quote that it begins with.
fn quoted_length(text: &str) -> usize {
    let mut escaped = true; // The first quote does not end it.
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if text.starts_with(c) => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The bytes of a character literal or a lifetime.
fn quote_length(text: &str) -> usize {
    let mut inner = text.chars().skip(1);
    let (first, second) = (inner.next(), inner.next());
    if first == Some('\\') || second == Some('\'') {
        quoted_length(text)
    } else {
        1 + name_length(&text[1..])
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    const LAYERS: &str =
        "server/src\n  ws\n  http # routes\n  store bus\n  clock\n  bus -> store\n  clock -> ws\n";

    fn problems(layers: &str, files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<_> =
            files.iter().map(|(path, text)| (format!("server/src/{path}"), text.to_string())).collect();
        check("layers", layers, &sources)
    }

    /// The problems of `a.rs` with one text and its siblings `b.rs`, which imports it, and `c.rs`, which it may import.
    fn problems_of_a(text: &str) -> Vec<String> {
        let b = "use crate::a::A; pub use crate::c::inner::C; macro_rules! exported { () => {} }";
        let others = [("b.rs", b), ("b/inner.rs", ""), ("c.rs", ""), ("c/inner.rs", "")];
        problems("server/src\n  b\n  a\n  c", &[&[("a.rs", text)], &others[..]].concat())
    }

    fn has_circles(files: &[(&str, &str)]) -> bool {
        let others = [("lib.rs", "mod a;"), ("b.rs", "")];
        problems("server/src\n  a\n  b", &[files, &others].concat())
            .iter()
            .any(|problem| problem.starts_with("circle"))
    }

    #[test]
    fn lower_layer_and_listed_neighbour_may_be_imported() {
        let ws = "use crate::{http::Router, clock};\nfn now() { clock::now() }";
        let files = [
            ("ws.rs", ws),
            ("http.rs", ""),
            ("store.rs", ""),
            ("bus.rs", "use crate::store::Store;"),
            ("clock.rs", ""),
        ];
        assert_eq!(problems(LAYERS, &files), [""; 0]);
    }

    #[test]
    fn upward_import_is_refused_with_its_line() {
        let host = "use super::Error;\nuse crate::{\n    clock,\n    ws::{self as sockets, Connections},\n};";
        let files = [
            ("ws.rs", ""),
            ("http.rs", ""),
            ("http/host.rs", host),
            ("store.rs", ""),
            ("bus.rs", ""),
            ("clock.rs", ""),
        ];
        let refused = "server/src/http/host.rs:4 imports crate::ws: http is below ws";
        assert_eq!(problems(LAYERS, &files), [refused]);
    }

    #[test]
    fn neighbour_and_root_may_not_be_imported() {
        let store = "use crate::bus::Bus as B;\nfn run() -> crate::Outcome {}";
        let clock = "use crate::ws::Connections;";
        let files = [
            ("ws.rs", ""),
            ("http.rs", ""),
            ("store.rs", store),
            ("bus.rs", ""),
            ("clock.rs", clock),
            ("lib.rs", ""),
        ];
        let refused = [
            "server/src/clock.rs:1 imports crate::ws::Connections: clock is below ws",
            "server/src/store.rs:2 imports crate::Outcome: store is below the crate's root",
            "server/src/store.rs:1 imports crate::bus::Bus: store and bus are in one layer",
        ];
        assert_eq!(problems(LAYERS, &files), refused);
    }

    #[test]
    fn table_lists_every_module_once() {
        let found =
            problems("server/src\n  a gone\n  a", &[("a.rs", ""), ("new.rs", ""), ("new/inner.rs", "")]);
        let expected = [
            "layers: the module new of server/src is in no layer",
            "layers: server/src has no module gone",
            "layers: the module a of server/src is listed twice",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn circle_names_its_imports() {
        let parent = "pub use self::x::X;\nstruct A(X);";
        let files = [("a.rs", parent), ("a/x.rs", "use super::{y, A};"), ("a/y.rs", "\nuse super::x::X;")];
        let expected = [
            "circle: a -> a::x -> a: server/src/a.rs:2 imports crate::a::x::X, server/src/a/x.rs:1 imports crate::a::A",
            "circle: a::y -> a::x -> a::y: server/src/a/y.rs:2 imports crate::a::x::X, server/src/a/x.rs:1 imports crate::a::y",
        ];
        assert_eq!(problems("server/src\n  a", &files), expected);
    }

    #[test]
    fn folders_that_import_each_other_are_a_circle() {
        let files = [
            ("a.rs", ""),
            ("a/x.rs", "use super::y::Y;"),
            ("a/x/error.rs", ""),
            ("a/y.rs", "use super::x::error::E;"),
        ];
        assert!(has_circles(&files));
    }

    #[test]
    fn child_imports_no_item_of_a_parent_that_uses_it() {
        let parents = [
            ("mod x;", false),
            ("mod x;\npub use self::x::X;\nenum Kind { X }", false),
            ("mod x;\npub(crate) use x::{X as Y, make};\nstruct A { make: u8 }", false),
            ("mod x;\npub use self::x::X;\nstruct A(X);", true),
            ("mod x;\npub(crate) use self::x::make;\nfn f() { make() }", true),
            ("mod x;\nuse self::x::X;", true),
            ("mod x;\nfn f() { x::run() }", true),
            ("pub use self::x::*;", true),
            ("pub use self::x::X;\nfn f() { <Kind>::X; kind.X }", false),
            ("pub use self::x::make;\ntrait Makes { fn make(&self); }", false),
            ("pub use self::x::X;\nenum Kind { Y }\nfn f() { X }", true),
            ("mod own { use crate::a::x::A; }\nstruct A;", true),
        ];
        for (parent, circle) in parents {
            assert_eq!(has_circles(&[("a.rs", parent), ("a/x.rs", "use super::A;")]), circle, "{parent}");
        }
    }

    #[test]
    fn re_export_of_a_child_is_the_child() {
        for parent in [
            "pub use self::x::X;",
            "use x::inner::X;",
            "pub use x::inner;\npub use inner::X;",
            "pub use x::Deep as X;",
        ] {
            let files = [
                ("a.rs", parent),
                ("a/x.rs", "pub use self::inner::{Deep, X};"),
                ("a/x/inner.rs", ""),
                ("a/y.rs", "use super::X;"),
            ];
            let back = ("a/x/inner.rs", "use crate::a::y::Y;");
            assert!(!has_circles(&[&files[..], &[("a/x/other.rs", "")]].concat()), "{parent}");
            assert!(has_circles(&[&files[..2], &files[3..], &[back]].concat()), "{parent}");
        }
    }

    #[test]
    fn every_way_to_name_a_module_is_an_import() {
        let texts = [
            "use crate::b::B;",
            "use super::b::{self};",
            "pub(super) use crate::{c, b as other};",
            "use crate::{c::{C, D}, b::{inner::{Deep, self}}};",
            "use super::b::*;",
            "use crate::b::C;",
            "use crate::r#b::B;",
            "fn f(b: &crate::b::B) {}",
            "fn f() { let a = A { x: 1, ..super::b::default() }; }",
            "mod own { use super::super::b::B; }",
            "mod own {} use super::b::B;",
            "const R: &str = r#\"\"\"#; use crate::c as d; use super::b::B;",
            "const Q: char = '\"'; use super::b::B;",
            "const Q: char = '\\\"'; use super::b::B;",
            "fn f() { g(br\"\\\", cr\"\\\", crate::b::B) }",
            "fn f<'a>(x: &'a str) { g('\\'', b'\\\\', b'\"', b\"\\\"\"); crate::b::f::<'a>() }",
            "#[cfg(test)] mod tests { fn f() {} } use crate::b::B;",
            "#[cfg(not(test))] use crate::b::B;",
            "struct S { #[cfg(test)] x: u8, y: crate::b::B }",
            "#[derive(crate::b::Derive)] struct S;",
            "/* /* */ */ use crate::b::B;",
            "use crate::exported; exported!();",
        ];
        for text in texts {
            let found = problems_of_a(text);
            assert!(found.iter().any(|problem| problem.ends_with("a is below b")), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_imports_nothing_is_not_read() {
        let texts = [
            "// use crate::b::B;\n/// [`crate::b::B`]\n/* use crate::b::B; /* */ crate::b::B */",
            "const X: &str = \"\\\" crate::b::B\";\nconst Y: &str = r##\"\"# crate::b::B\"##;\nconst Z: char = '\"';",
            "#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}",
            "#[cfg(test)]\n#[allow(unused)]\npub(crate) fn f(x: [u8; 2]) -> crate::b::B { crate::b::f() }",
            "#[cfg(all(test, unix))]\nuse crate::b::B;",
            "#![cfg(test)]\nuse crate::b::B;",
            "pub(in crate::b) struct A;",
            "use b::B;\nfn f() { b::f(); self::b::f(); std::b::f() }",
            "use crate::c;\nfn f() { c::b::f() }",
            "mod b { pub struct B; }\nfn f() { let x: b::B = self::b::f(); }",
        ];
        for text in texts {
            assert_eq!(problems_of_a(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn modules_of_tests_are_not_read() {
        let b = "use crate::b::B;";
        let files = [
            ("a.rs", "#[cfg(test)]\nmod checks;"),
            ("a/checks.rs", b),
            ("a/checks/deep.rs", b),
            ("a/tests.rs", b),
        ];
        let others = [
            ("b.rs", ""),
            ("tests.rs", b),
            ("tests/deep.rs", b),
            ("checks.rs", b),
            ("lib.rs", "#[cfg(test)]\nmod checks;"),
            ("main.rs", b),
        ];
        assert_eq!(problems("server/src\n  b\n  a", &[&files[..], &others].concat()), [""; 0]);
    }
}
