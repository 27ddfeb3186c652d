"""TypeScript and JavaScript to the representation: classes, imports and exports."""

from __future__ import annotations

from yett.auditor.analysis import ir
from yett.auditor.analysis.budget import Budget
from yett.auditor.analysis.lower_script_expression import Expressions
from yett.auditor.analysis.lower_script_pattern import string_value
from yett.auditor.analysis.syntax import Tree, at, text_of

_Block = list[ir.Node]


class Declarations(Expressions):
    """Lowers what a module declares; statements are lowered by the subclass."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self.classes: list[ir.Class] = []
        self.klass: ir.Class | None = None

    def statement(self, node: Tree, out: _Block) -> None:
        """One statement; the subclass knows how."""
        raise TypeError(f"declarations alone cannot lower the statement at {at(node)} behind {len(out)}")

    def classdef(self, node: Tree, out: _Block) -> None:
        """A class declaration."""
        klass = self.klass_of(node)
        out.append(ir.Define(*at(node), klass))

    def klass_of(self, node: Tree) -> ir.Class:
        """A class: methods, fields, and what it extends."""
        name = text_of(node.child_by_field_name("name")) or "<class>"
        klass = ir.Class(name=name, line=node.start_point[0] + 1, bases=[])
        self.classes.append(klass)
        for child in node.named_children:
            if child.type == "class_heritage":
                klass.bases = self.heritage(child)
        outer, self.klass = self.klass, klass
        body = node.child_by_field_name("body")
        for member in body.named_children if body is not None else []:
            self.class_member(klass, member)
        self.klass = outer
        return klass

    def heritage(self, node: Tree) -> list[ir.Node]:
        """What the class extends and implements."""
        bases: list[ir.Node] = []
        for child in node.named_children:
            if child.type in {"extends_clause", "implements_clause"}:
                bases.extend(self.heritage_name(each) for each in child.named_children if each.type != "type_arguments")
            else:
                bases.append(self.expression(child))
        return bases

    def heritage_name(self, node: Tree) -> ir.Node:
        """A base's name, also where it is a type."""
        if node.type in {"type_identifier", "generic_type", "nested_type_identifier"}:
            return ir.Name(*at(node), text_of(node).split("<")[0])
        return self.expression(node)

    def class_member(self, klass: ir.Class, node: Tree) -> None:
        """One method or field."""
        if node.type == "method_definition":
            name = text_of(node.child_by_field_name("name")).lstrip("#")
            klass.methods[name] = self.function(node, name)
            klass.methods[name].static = any(child.type == "static" for child in node.children)
        elif node.type in {"public_field_definition", "field_definition"}:
            name_node = node.child_by_field_name("name") or node.child_by_field_name("property")
            value = node.child_by_field_name("value")
            name = text_of(name_node).lstrip("#")
            lowered = self.expression(value) if value is not None else ir.Const(*at(node), ...)
            if isinstance(lowered, ir.Closure):
                lowered.function.klass, lowered.function.name = klass, name
                klass.methods.setdefault(name, lowered.function)
            note = self.note(node.child_by_field_name("type"))
            klass.body.append(ir.Bind(*at(node), ir.Name(*at(node), name), lowered, note=note))

    def import_(self, node: Tree, out: _Block) -> None:
        """`import a, {b as c}, * as d from "e"`, `import a = require("e")`."""
        source = string_value(node.child_by_field_name("source"))
        for clause in node.named_children:
            if clause.type == "import_require_clause":
                name = text_of(clause.named_children[0])
                source = string_value(clause.child_by_field_name("source"))
                out.append(ir.Import(*at(node), name, source, "*"))
            for child in clause.named_children if clause.type == "import_clause" else []:
                if child.type == "identifier":
                    out.append(ir.Import(*at(node), text_of(child), source, "default"))
                elif child.type == "namespace_import" and child.named_children:
                    out.append(ir.Import(*at(node), text_of(child.named_children[0]), source, "*"))
                for each in child.named_children if child.type == "named_imports" else []:
                    name = text_of(each.child_by_field_name("name"))
                    alias = text_of(each.child_by_field_name("alias")) or name
                    out.append(ir.Import(*at(node), alias, source, name))

    def export(self, node: Tree, out: _Block) -> None:
        """`export` of a declaration, a list, a default, or another module."""
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        source = node.child_by_field_name("source")
        default = any(child.type == "default" for child in node.children)
        if declaration is not None:
            before = len(out)
            self.statement(declaration, out)
            for bound in out[before:]:
                if default and isinstance(bound, ir.Bind):
                    out.append(ir.Export(*at(node), "default", bound.target))
                elif default and isinstance(bound, ir.Define):
                    out.append(ir.Export(*at(node), "default", ir.Name(*at(node), bound.klass.name)))
            return
        if value is not None:
            out.append(ir.Export(*at(node), "default", self.expression(value)))
            return
        self.export_list(node, string_value(source), out)

    def export_list(self, node: Tree, source: str, out: _Block) -> None:
        """`export {a as b} [from "c"]`, `export * [as d] from "c"`."""
        clauses = [child for child in node.named_children if child.type in {"export_clause", "namespace_export"}]
        if source and not clauses:
            out.append(ir.Export(*at(node), "*", ir.Const(*at(node), source)))
        for clause in clauses:
            if clause.type == "namespace_export" and clause.named_children:
                name = text_of(clause.named_children[0])
                out.append(ir.Import(*at(node), name, source, "*"))
                out.append(ir.Export(*at(node), name, ir.Name(*at(node), name)))
            for each in clause.named_children if clause.type == "export_clause" else []:
                name = text_of(each.child_by_field_name("name"))
                alias = text_of(each.child_by_field_name("alias")) or name
                local = f"<{source}>{name}" if source else name
                if source:
                    out.append(ir.Import(*at(node), local, source, name))
                out.append(ir.Export(*at(node), alias, ir.Name(*at(node), local)))

    def enum(self, node: Tree, out: _Block) -> None:
        """An enum is an object of constants."""
        body = node.child_by_field_name("body")
        pairs: list[tuple[ir.Node | None, ir.Node]] = []
        for member in body.named_children if body is not None else []:
            named = member.child_by_field_name("name") or member
            value = member.child_by_field_name("value")
            key = ir.Const(*at(member), text_of(named).strip("\"'"))
            pairs.append((key, self.expression(value) if value is not None else ir.Const(*at(member), 0)))
        name = node.child_by_field_name("name")
        out.append(ir.Bind(*at(node), ir.Name(*at(node), text_of(name)), ir.Table(*at(node), pairs)))
