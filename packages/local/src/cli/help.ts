/** What `--help` prints, by command; each line fits 80 columns. */
export const helpTexts = {
  pipeline: `Usage: pipeline <command> [options]

Turns CSV files into validated, enriched, merged results, on this machine: the
functions, the state machine and the storage calls are those that run on AWS.

Commands:
  run <input.csv>   run one file and leave the results in a folder
  serve             keep the whole stack up for the AWS CLI and your own code

  -h, --help        this text; pipeline <command> --help for a command
  -v, --version     the version

Exit codes: 0 done, 1 the batch failed, 2 the call was wrong, 130 interrupted.
`,
  run: `Usage: pipeline run <input.csv> --out <folder> [options]

Runs a file through split, process, resolve, merge, archive and notify, and
leaves in the folder:
  output.csv        the rows that passed, byte for byte, in their order
  rejects.csv       the rows that did not, and why; mend it and run it again
  report.json       counts, checksums, issues, every chunk

Options:
  --out <folder>            where the results go; made if it does not exist
  --schema <rule.json>      JSON Schema of a row; without one every well-formed
                            row passes
  --lookup <reference.csv>  adds the columns of this file to each row ...
  --key <column>            ... whose value in this column it has; a row
                            without an entry is rejected
  --columns <a,b,c>         columns of the output, in this order
  --unique <a,b,c>          columns that together tell rows apart: a row that
                            repeats an earlier one of the file is rejected
  --on-duplicate <what>     what such a row is: reject, warn (counted only) or
                            fail (the batch); default reject
  --dry-run                 validate only: no look-ups and no output.csv
  --json                    print the report as JSON and nothing else
  --verbose                 also print every line that the functions log
  -h, --help                this text

How the input is read; gzip and zstd are unpacked:
  --detect                  find out what is not said below, or fail if unsure;
                            what was found is printed and in the report
  --encoding <name>         utf-8, utf-16le, utf-16be, iso-8859-1 or
                            windows-1252; default what its byte order mark says
  --delimiter <c>           one character or \\t; default ,
  --quote <c>               one character, or none; default "
  --escape <c>              what makes a quote text; default the quote, doubled
  --comment <c>             lines that begin with it are no records
  --skip-lines <n>          lines before the header
  --header <a,b,c>          names of the columns of a file that has no header
  --no-header               it has none: columns are column_1, column_2, ...

What the output looks like; its name follows (output.jsonl.gz):
  --format <name>           csv or jsonl; default csv
  --compress <name>         gzip or zstd
  --quoting <which>         as-source, minimal or always; default as-source
  --formula-guard           defuse values that spreadsheets would run

How it is cut into chunks:
  --chunk-bytes <n>         most bytes in a chunk; default a 16th of the file,
                            between 256 KiB and 64 MiB
  --chunk-rows <n>          most rows in a chunk
  --chunk-count <n>         so many chunks of like size
  --plan <how>              sequential, parallel or sampled; default by size

The stack keeps its copies of the file below the temporary folder ($TMPDIR)
while it runs: about three times the file. Where AWS_ENDPOINT_URL_S3,
AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SESV2 or AWS_ENDPOINT_URL name an
endpoint, it is used instead of the stand-in.

Exit codes: 0 done, 1 the batch failed, 2 the call was wrong, 130 interrupted.
`,
  serve: `Usage: pipeline serve [options]

Keeps S3, DynamoDB, SES, Step Functions and Lambda up on this machine with a
pipeline deployed to them, prints how to reach them, and tells of every batch.
Ctrl-C stops everything.

Options:
  --example orders    the orders example of this repository: rules, look-ups in
                      DynamoDB, an API; without it every well-formed row passes
  --app <module>      an app of your own: a module whose default export, or one
                      named app or ...App, is a LocalApp or makes one
  --port <n>          S3 on port n, DynamoDB on n+1, SES on n+2, Step Functions
                      on n+3, Lambda on n+4, the API on n+5; default free ports
  --verbose           also print every line that the functions log
  -h, --help          this text

Exit codes: 0 stopped, 1 the stack failed, 2 the call was wrong.
`,
} as const;
