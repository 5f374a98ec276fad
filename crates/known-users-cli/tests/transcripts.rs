//! The transcripts in the documents: each `--help`, and example sessions, are what the tool prints.

#[test]
fn a_transcript_is_what_the_tool_prints() {
    trycmd::TestCases::new().case("../../docs/known-users.md").case("../../docs/sessions/*.md");
}
