"""The archives of a release: the same content gives the same bytes.

    python release/archive.py functions --version VERSION --architecture arm64|x86_64 --boms FOLDER OUTPUT
    python release/archive.py tool --version VERSION --target TARGET --boms FOLDER OUTPUT

It takes the binaries from CARGO_TARGET_DIR, and the time of all members from SOURCE_DATE_EPOCH.
"""

import argparse
import gzip
import hashlib
import io
import os
import re
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILT = Path(os.environ["CARGO_TARGET_DIR"])
# A zip knows no time before 1980.
TIME = max(int(os.environ["SOURCE_DATE_EPOCH"]), 315_532_800)

README = """\
Cognito triggers for a team that already has users, {version}, for {architecture}; licence: Apache-2.0.
To deploy: unpack, and in the folder run `sam deploy --guided`; nothing has to be built.
To go on: docs/ in the source of this version; `known-users --help` for the tool that fills the table.
"""


def zipped(members):
    """A zip of these members, by name: (content, mode)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (content, mode) in sorted(members.items()):
            member = zipfile.ZipInfo(name, time.gmtime(TIME)[:6])
            member.create_system = 3  # Unix, wherever this runs: the mode counts.
            member.external_attr = (0o100000 | mode) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return file.getvalue()


def tarred(members):
    """A tar.gz of these members, by name: (content, mode)."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=9, filename="", mtime=TIME) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, (content, mode) in sorted(members.items()):
                member = tarfile.TarInfo(name)
                member.size, member.mode, member.mtime = len(content), mode, TIME
                archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def bill_of_materials(folder, crate):
    """A crate's CycloneDX document, without the folder in which it happened to be built."""
    document = (folder / f"{crate}.cdx.json").read_text(encoding="utf-8")
    return re.sub(r'"path\+file://[^"#]*/crates/', '"path+file:///source/crates/', document).encode()


def with_local_code(template):
    """The template with the code of each function in `functions/`, and nothing left to build; the binaries' names."""
    binaries = re.findall(r"^      BuildProperties: \{Binary: ([\w-]+)\}$", template, re.MULTILINE)
    build = (
        r"    Metadata:\n      BuildMethod: rust-cargolambda\n"
        r"      BuildProperties: \{Binary: ([\w-]+)\}\n    Properties:\n"
    )
    # A plain Lambda function has its code where a function of SAM's has its URI.
    template = re.sub(
        build + r"((?:      .*\n)*?)      Code: \.\n",
        lambda found: f"    Properties:\n{found[2]}      Code: functions/{found[1]}.zip\n",
        re.sub(
            r"(Type: AWS::Serverless::Function\n)" + build,
            lambda found: f"{found[1]}    Properties:\n      CodeUri: functions/{found[2]}.zip\n",
            template,
        ),
    )
    template = template.replace("    CodeUri: .\n", "", 1)
    assert "BuildMethod" not in template and template.count("functions/") == len(binaries) == len(set(binaries))
    return template, binaries


def functions(arguments):
    template, binaries = with_local_code((ROOT / "template.yaml").read_text(encoding="utf-8"))
    # The other processor's functions are in the other archive.
    both = "    Default: arm64\n    AllowedValues: [arm64, x86_64]\n    ConstraintDescription: must be arm64 or x86_64.\n"
    one = "    Default: {0}\n    AllowedValues: [{0}]\n    ConstraintDescription: must be {0}, as the functions here are.\n"
    assert template.count(both) == 1
    template = template.replace(both, one.format(arguments.architecture))
    readme = README.format(version=arguments.version, architecture=arguments.architecture)
    members = {"README.md": (readme.encode(), 0o644), "template.yaml": (template.encode(), 0o644)}
    members["LICENSE"] = ((ROOT / "LICENSE").read_bytes(), 0o644)
    samconfig = (ROOT / "samconfig.toml").read_text(encoding="utf-8")
    members["samconfig.toml"] = (samconfig.encode(), 0o644)
    for event in sorted((ROOT / "events").glob("*.*")):
        members[f"events/{event.name}"] = (event.read_bytes(), 0o644)
    for name in binaries:
        binary = (BUILT / "lambda" / name / "bootstrap").read_bytes()
        members[f"functions/{name}.zip"] = (zipped({"bootstrap": (binary, 0o755)}), 0o644)
        members[f"sbom/{name}.cdx.json"] = (bill_of_materials(arguments.boms, name), 0o644)
    folder = f"known-user-triggers-{arguments.version}-{arguments.architecture}"
    return f"{folder}.zip", zipped({f"{folder}/{name}": member for name, member in members.items()})


def tool(arguments):
    binary = BUILT / arguments.target / "release" / "known-users"
    if not binary.exists():
        binary = binary.with_suffix(".exe")
    members = {binary.name: (binary.read_bytes(), 0o755), "LICENSE": ((ROOT / "LICENSE").read_bytes(), 0o644)}
    members["known-users.cdx.json"] = (bill_of_materials(arguments.boms, "known-users-cli"), 0o644)
    for shell in ("bash", "zsh", "fish"):
        completions = subprocess.run([binary, "completions", shell], check=True, capture_output=True).stdout
        members[f"completions/known-users.{shell}"] = (completions, 0o644)
    folder = f"known-users-{arguments.version}-{arguments.target}"
    return f"{folder}.tar.gz", tarred({f"{folder}/{name}": member for name, member in members.items()})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["functions", "tool"])
    parser.add_argument("--version", required=True)
    parser.add_argument("--architecture", choices=["arm64", "x86_64"])
    parser.add_argument("--target")
    parser.add_argument("--boms", type=Path, required=True)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    name, content = (functions if arguments.what == "functions" else tool)(arguments)
    (arguments.output / name).write_bytes(content)
    archives = sorted([*arguments.output.glob("*.zip"), *arguments.output.glob("*.tar.gz")])
    sums = [f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}\n" for archive in archives]
    (arguments.output / "SHA256SUMS").write_text("".join(sums), newline="\n")


if __name__ == "__main__":
    main()
