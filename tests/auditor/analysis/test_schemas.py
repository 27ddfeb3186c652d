import pytest


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ("z.string()", {"code"}),
        ("z.string().min(1).describe('x')", {"code"}),
        ("z.number()", set()),
        ("z.enum(['a', 'b'])", set()),
        ("z.string().uuid()", set()),
        ("z.string().regex(/^[a-z]+$/)", set()),
        ("z.string().regex(/[a-z]+/)", {"code"}),
        ("z.union([z.number(), z.string()])", {"code"}),
        ("z.array(z.number())", set()),
        ("z.number().optional()", set()),
    ],
)
def test_a_schema_lets_through_what_it_says(script, schema, found):
    assert script("eval(args.x);", schema=f"{{ x: {schema} }}") == found


def test_a_parsed_object_is_what_its_schema_lets_through(script):
    before = "const S = z.object({ x: z.enum(['a']), y: z.string() });\n"
    assert script("const p = S.parse(args);", "eval(p.x);", before=before, schema="{}") == set()
    assert script("const p = S.safeParse(args);", "eval(p.data.y);", before=before, schema="{}") == {"code"}


@pytest.mark.parametrize(
    ("annotation", "found"),
    [("Annotated[str, Field(pattern=r'^[a-z]+$')]", set()), ("Annotated[str, Field(description='a')]", {"code"}),
     ("Annotated[int, Field()]", set()), ("str | int", {"code"}), ("'int'", set())],
)  # fmt: skip
def test_annotations_are_enforced_by_the_framework(tool, annotation, found):
    assert tool("eval(x)", parameters=f"x: {annotation}") == found
