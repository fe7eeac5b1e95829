//! Imports, exports, and what else only modules have.

use oxc_ast::ast::{
    Declaration, ExportDefaultDeclarationKind, ImportDeclarationSpecifier, ModuleExportName, Statement,
    TSNamespaceDeclaration, TSNamespaceDeclarationBody,
};

use crate::flow::heap::{Code, Object, ScopeId, What};
use crate::flow::machine::{Machine, Run};
use crate::flow::statements::names_in;
use crate::flow::value::{Shape, Value};

impl<'a> Machine<'a> {
    pub(super) fn module_statement(&mut self, s: &'a Statement<'a>, scope: ScopeId) -> Run<()> {
        match s {
            Statement::ImportDeclaration(i) => self.import(i, scope)?,
            Statement::ExportDeclaration(e) => match &e.declaration {
                Declaration::VariableDeclaration(v) => {
                    self.variables(v, scope)?;
                    let mut names = Vec::new();
                    v.declarations.iter().for_each(|d| names_in(&d.id, &mut names));
                    for n in names {
                        self.export(n, n, scope);
                    }
                }
                Declaration::FunctionDeclaration(f) => {
                    if let Some(id) = &f.id {
                        self.export(id.name.as_str(), id.name.as_str(), scope);
                    }
                }
                Declaration::ClassDeclaration(c) => {
                    let v = self.class(c, scope)?;
                    if let Some(id) = &c.id {
                        self.store.write(scope, id.name.as_str(), v);
                        self.export(id.name.as_str(), id.name.as_str(), scope);
                    }
                }
                Declaration::TSEnumDeclaration(e) => self.enumeration(e, scope)?,
                Declaration::TSNamespaceDeclaration(n) => {
                    let value = self.namespace(n, scope)?;
                    self.put_export(n.id.name.as_str(), value);
                }
                _ => {}
            },
            Statement::ExportDefaultDeclaration(e) => {
                let v = match &e.declaration {
                    ExportDefaultDeclarationKind::FunctionDeclaration(f) => match &f.id {
                        Some(id) => self.lookup(id.name.as_str(), scope, f.span.start),
                        None => self.closure(Code::Function(f), scope, "default"),
                    },
                    ExportDefaultDeclarationKind::ClassDeclaration(c) => {
                        let v = self.class(c, scope)?;
                        if let Some(id) = &c.id {
                            self.store.write(scope, id.name.as_str(), v.clone());
                        }
                        v
                    }
                    ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => return Ok(()),
                    other => self.eval(other.to_expression(), scope)?,
                };
                self.put_export("default", v);
            }
            Statement::ExportNamedDeclaration(e) => {
                for s in &e.specifiers {
                    let v = self.lookup(s.local.name().as_str(), scope, s.span.start);
                    self.put_export(s.exported.name().as_str(), v);
                }
            }
            Statement::ExportFromDeclaration(e) => {
                let module = self.require(&Value::text(e.source.value.as_str()), e.span.start);
                for s in &e.specifiers {
                    let v = self.member_named(&module, s.local.name().as_str(), s.span.start)?;
                    self.put_export(s.exported.name().as_str(), v);
                }
            }
            Statement::ExportAllDeclaration(e) => {
                let module = self.require(&Value::text(e.source.value.as_str()), e.span.start);
                match &e.exported {
                    Some(name) => self.put_export(module_name(name), module),
                    None => {
                        if let Some(id) = self.modules.get(&self.files[self.file as usize]).map(|m| m.exports) {
                            self.spread_into(id, &module, e.span.start)?;
                        }
                    }
                }
            }
            Statement::TSEnumDeclaration(e) => self.enumeration(e, scope)?,
            Statement::TSExportAssignment(e) => {
                let v = self.eval(&e.expression, scope)?;
                self.put_export("default", v);
            }
            Statement::TSNamespaceDeclaration(n) => {
                self.namespace(n, scope)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, i: &'a oxc_ast::ast::ImportDeclaration<'a>, scope: ScopeId) -> Run<()> {
        if i.import_kind.is_type() {
            return Ok(());
        }
        let module = self.require(&Value::text(i.source.value.as_str()), i.span.start);
        for s in i.specifiers.iter().flatten() {
            let (local, value) = match s {
                ImportDeclarationSpecifier::ImportSpecifier(s) => {
                    (s.local.name.as_str(), self.member_named(&module, module_name(&s.imported), s.span.start)?)
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(s) => {
                    // A CommonJS module has no default; what it exports stands for it.
                    let has_default = |id: &u32| {
                        let o = self.store.get(*id);
                        ["default", "\0get default", "__esModule"].iter().any(|k| o.properties.contains_key(*k))
                    };
                    let v = match &module.shape {
                        Shape::Object(id) if has_default(id) => self.member_named(&module, "default", s.span.start)?,
                        _ => module.clone(),
                    };
                    (s.local.name.as_str(), v)
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(s) => (s.local.name.as_str(), module.clone()),
            };
            self.store.write(scope, local, value);
        }
        Ok(())
    }

    fn export(&mut self, local: &'a str, exported: &str, scope: ScopeId) {
        let v = self.lookup(local, scope, 0);
        self.put_export(exported, v);
    }

    pub(super) fn put_export(&mut self, name: &str, value: Value) {
        if let Some(module) = self.modules.get(&self.files[self.file as usize]) {
            let id = module.exports;
            self.store.change(id).properties.insert(name.into(), value);
        }
    }

    /// A namespace: a function that is called at once, with an object that what it exports is put into.
    fn namespace(&mut self, n: &'a TSNamespaceDeclaration<'a>, scope: ScopeId) -> Run<Value> {
        let name = n.id.name.as_str();
        if n.declare {
            return Ok(Value::UNDEFINED);
        }
        let before = match self.store.scopes[scope as usize].names.contains_key(name) {
            true => self.lookup(name, scope, n.span.start).as_object(),
            false => None,
        };
        let id = before.unwrap_or_else(|| self.store.add(Object::new(What::Plain)));
        let value = Value::object(id);
        self.store.write(scope, name, value.clone());
        let inner = self.store.scope(Some(scope), true);
        self.store.hold(inner);
        // What is exported in it goes to its object and not to the module's.
        let file = self.files[self.file as usize].clone();
        let outer = self.modules.get_mut(&file).map(|m| std::mem::replace(&mut m.exports, id));
        let done = match &n.body {
            TSNamespaceDeclarationBody::TSModuleBlock(block) => self.block(&block.body, inner).map(|_| ()),
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(deeper) => self.namespace(deeper, inner).map(|deep| {
                self.put_export(deeper.id.name.as_str(), deep);
            }),
        };
        if let (Some(m), Some(outer)) = (self.modules.get_mut(&file), outer) {
            m.exports = outer;
        }
        done.map(|()| value)
    }

    pub(super) fn enumeration(&mut self, e: &'a oxc_ast::ast::TSEnumDeclaration<'a>, scope: ScopeId) -> Run<()> {
        let mut next = 0.0;
        let mut members = Vec::new();
        for m in &e.body.members {
            let v = match &m.initializer {
                Some(e) => self.eval(e, scope)?,
                None => Value::number(next),
            };
            next = v.as_number().unwrap_or(next) + 1.0;
            members.push((m.id.static_name().to_string(), v));
        }
        let value = self.plain(members.iter().map(|(k, v)| (k.as_str(), v.clone())).collect());
        self.store.write(scope, e.id.name.as_str(), value.clone());
        self.put_export(e.id.name.as_str(), value);
        Ok(())
    }
}

fn module_name<'a>(name: &'a ModuleExportName<'a>) -> &'a str {
    match name {
        ModuleExportName::IdentifierName(n) => n.name.as_str(),
        ModuleExportName::IdentifierReference(n) => n.name.as_str(),
        ModuleExportName::StringLiteral(n) => n.value.as_str(),
    }
}
