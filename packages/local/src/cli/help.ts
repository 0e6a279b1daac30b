const howItIsRead = `How the input is read; gzip and zstd are unpacked:
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
  --aliases <a=x,a=y,...>   a column that the header calls x or y is a; what was
                            renamed is printed and in the report
  --loose-names             ... whatever the case, spaces and punctuation of x`;

/** What `--help` prints, by command; each line fits 80 columns. */
export const helpTexts = {
  pipeline: `Usage: pipeline <command> [options]

Turns CSV files into validated, enriched, merged results, on this machine: the
functions, the state machine and the storage calls are those that run on AWS.

Commands:
  run <input.csv>   run one file and leave the results in a folder
  replay <mended>   take mended rejects back into their batch, in their places
  trace             say where a row came from and what became of it
  validate <input>  hold a whole file against a rule, without a batch
  preview <input>   show the first rows with their issues
  infer <input>     make a rule of what a file holds
  compile-rule      write a rule as a module, for functions that start fast
  report <folder>   make report.html, the page of a batch, anew
  status <batch>    say how far a batch on AWS is
  redrive <what>    let a failed batch, or dead letters, go on
  serve             keep the whole stack up for the AWS CLI and your own code

  -h, --help        this text; pipeline <command> --help for a command
  -v, --version     the version

Exit codes: 0 done, 1 the batch failed, 2 the call was wrong, 130 interrupted.
`,
  run: `Usage: pipeline run <input.csv> --out <folder> [options]

Runs a file through split, process, resolve, merge, archive and notify, and
leaves in the folder:
  output.csv        the rows that passed, byte for byte, in their order
  rejects.csv       the rows that did not, and why; mend it and replay it
  report.html       all of this for people: what came in, went out, was
                    rejected and why
  report.json       counts, checksums, issues, every chunk
  .pipeline         what a replay needs, when rows were rejected: plan, settings
                    and rejects, not the rows that passed

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

${howItIsRead}

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
  replay: `Usage: pipeline replay <mended.csv> [--batch <place>] [options]

Takes rejects that were mended back into their batch, in their original places.
Mend the rows in a copy of rejects.csv, or in the file itself; leave the last
columns, __pipeline_row and others, as they are. Rows may be left out. All rows
run through the rules and look-ups of the batch again; those that pass are put
where they belong, those that fail stay rejected. The result is a new revision
with its own output, rejects and report; the one before stays as it is.

  --batch <folder>          a folder that pipeline run filled; default the one
                            that the mended file lies in. The results go to its
                            subfolder r2, r3, ...; rows are read from its
                            output, so neither may be changed in between
  --batch <s3://...>        the folder of a batch in S3, such as
                            s3://orders/batches/<batch id>; the mended file is
                            s3://bucket/key then, and the results go to
                            output/r2/ of the batch

Options:
  --skip-written            leave alone rows that are in the output already;
                            without it such a file is refused
  --schema <rule.json>      check against this rule; default that of the run.
                            A batch in S3 needs the rule that it was run with
  --columns <a,b,c>         of a batch in S3: the columns that it was run with
  --unique <a,b,c>          of a batch in S3: the columns that tell rows apart,
  --on-duplicate <what>     and what a mended row is that repeats another one,
                            as it was run with. A folder knows
  --format, --compress, --quoting, --formula-guard
                            of a batch in S3: what its output looks like
  --delimiter <c>           of the mended file; default found out
  --encoding <name>         of the mended file; default UTF-8
  --json                    print the report as JSON and nothing else
  -h, --help                this text

Doing it again with the same file changes nothing. A batch in S3 whose functions
do other things than check a rule is replayed by its replay function. Where the
batch was run with --unique, mended rows that repeat others are rejected again.

Exit codes: 0 done, 1 the replay failed, 2 the call was wrong, 130 interrupted.
`,
  trace: `Usage: pipeline trace --batch <place> <row>

Says of one row: its place in the source, its byte offset, its chunk, its place
in the output, or that it was rejected and why.

  --batch <folder>          a folder that pipeline run filled. It keeps what is
                            needed only when rows were rejected: without any,
                            rows of output and source agree
  --batch <s3://...>        the folder of a batch in S3, such as
                            s3://orders/batches/<batch id>

Which row, counted from 1, headers aside:
  --output-row <n>          row of the output
  --source-row <n>          row of the source
  --byte <n>                the row of the source that has this byte, from 0
  --rejects-row <n>         row of rejects.csv

Options:
  --revision <n>            which output; default the newest
  --source <place>          where the source lies now, if it was moved: a file,
                            or s3://bucket/key
  --json                    print the answer as JSON
  -h, --help                this text

Exit codes: 0 found, 1 there is no such row, 2 the call was wrong.
`,
  validate: `Usage: pipeline validate <input> --schema <rule.json> [options]

Holds every row of a file against a rule and says what was found, by column and
rule, with the first examples. It reads once, in constant memory, and writes
nothing unless it is asked to. <input> is a path or s3://bucket/key, which is
read with the credentials of the AWS SDK.

Options:
  --schema <rule.json>      JSON Schema of a row: a path or s3://bucket/key
  --rejects <file>          writes the rows that fail, with what is wrong behind
                            them; mend the file and run it through the pipeline
  --hide-values             do not show values in examples
  --json                    print the findings as JSON and nothing else
  -h, --help                this text

${howItIsRead}

Exit codes: 0 every row passed, 1 some did not or the file is broken, 2 the call
was wrong, 130 interrupted.
`,
  preview: `Usage: pipeline preview <input> [options]

Shows the first rows of a file as a table, with their values as the rule reads
them and all issues, and reads no further. <input> is a path or s3://bucket/key,
which is read with the credentials of the AWS SDK.

Options:
  --rows <n>                so many rows, from 1 to 1000; default 10
  --schema <rule.json>      JSON Schema of a row: a path or s3://bucket/key
  --columns <a,b,c>         columns of the table; default those that fit
  --json                    print the rows as JSON and nothing else
  -h, --help                this text

${howItIsRead}

Exit codes: 0 shown, 1 the file is broken, 2 the call was wrong, 130
interrupted.
`,
  infer: `Usage: pipeline infer <input> [options]

Makes a JSON Schema of what a file holds, under which every row that was looked
at passes, and says what speaks for it. The schema goes to the standard output,
or to a file; the evidence beside it. <input> is a path or s3://bucket/key,
which is read with the credentials of the AWS SDK.

Options:
  --rows <n>                looks at so many first rows; default 10000
  --all                     looks at all rows, in constant memory
  --out <rule.json>         writes the schema to a file
  --ranges                  also minimum and maximum, minLength and maxLength
  --patterns                also a pattern, where texts have few shapes
  --max-enum <n>            most values of an enum, from 0 to 10; default 10
  --json                    print schema and evidence as JSON and nothing else
  -h, --help                this text

${howItIsRead}

Exit codes: 0 done, 1 the file is broken, 2 the call was wrong, 130
interrupted.
`,
  'compile-rule': `Usage: pipeline compile-rule <rule.json> [options]

Writes the rule that a JSON Schema is as an ES module. The rule is the one that
compileRule makes, but ready when the module is loaded: nothing is compiled
then, so that a function starts faster and needs no compiler in its bundle.

  pipeline compile-rule order.schema.json --out order.rule.mjs

  import { rule, createRule } from './order.rule.mjs';
  import { validate } from '@pipeline/validate/precompiled';
  const stage = validate(rule);
  const other = validate(createRule({ checks: [myCheck] }));

Run it again when the schema changes, or when the packages are updated.

Options:
  --out <rule.mjs>          writes the module to a file, .mjs or .js, and its
                            types beside it; without it the module goes to the
                            standard output
  --columns <a,b,c>         the columns of the files, in their order; default
                            those of the schema, in its order. Files with other
                            columns work as well, a little slower
  --options <options.json>  options of compileRule that are data: coerce,
                            nullTokens, trim, columns, levels, maxIssuesPerRow,
                            maxValueChars, locale
  --linked                  the module imports @pipeline/validate/precompiled
                            rather than hold what it needs of it; smaller where
                            a bundle has that anyway
  -h, --help                this text

Exit codes: 0 done, 2 the call was wrong or the schema is no rule.
`,
  report: `Usage: pipeline report <report.json | folder> [options]

Makes report.html, the page that tells people what became of a batch, from the
report.json of the batch: a file, the folder of a run, or s3://bucket/key.
The page is one file that needs no network and runs no script.

Options:
  --out <file>      where the page goes; default report.html beside the report,
                    or here when that is in S3
  --redact          no row content on the page: no examples, no values
  -h, --help        this text

Exit codes: 0 done, 1 the report could not be read, 2 the call was wrong.
`,
  status: `Usage: pipeline status <execution> [options]
       pipeline status s3://<bucket>/batches/<batch id> [options]

Says how far a batch is: its status, and how many of its chunks are done, run,
or failed, as Step Functions knows them. <execution> is the ARN of the
execution, or the id of the batch with --state-machine; the credentials are
those of the AWS SDK, which needs states:DescribeExecution, states:ListMapRuns
and states:DescribeMapRun. The folder of a batch in S3 says it too, whoever runs
the batch, such as a coordinator: how many chunks of its plan are committed.

  --state-machine <arn>     the state machine of the batch
  --results <s3://...>      where results go, such as s3://orders/results/;
                            default beside the folder of the batch
  --json                    print the answer as JSON
  -h, --help                this text

Exit codes: 0 it runs or is done, 1 the batch failed, 2 the call was wrong.
`,
  redrive: `Usage: pipeline redrive <execution>
       pipeline redrive <dead letters> [--to <queue>]
       pipeline redrive <dead letters> --function <name>

Lets go on what failed, once its cause is mended. A failed batch goes on where
it stopped: <execution> is the ARN of its execution, or the id of the batch with
--state-machine. Dead letters, by the URL of their queue, go back to the queue
that gave them up, or to a function as the events that they are; a function gets
none that was meant for another target. What cannot be sent back stays.

  --state-machine <arn>     the state machine of the batch
  --to <url>                the queue that dead letters go to; default the one
                            whose dead letters they are
  --function <name>         the function that gets them, such as that of failures
  -h, --help                this text

The credentials are those of the AWS SDK, which needs states:RedriveExecution;
for a queue what grantRedrive of its dead letters gives; for a function
sqs:ReceiveMessage, sqs:DeleteMessage and lambda:InvokeFunction.

Exit codes: 0 all of it goes on, 1 some does not, 2 the call was wrong.
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
  --template <folder> a stack as cdk synth wrote it, such as cdk.out: its
                      functions, queues, rules and state machines, with the
                      policies of each role enforced. With --example orders or
                      --app, the templateOptions of that module say what the
                      template does not: names, seeds, modules of images
  --stack <name>      which stack of the folder, where it has several
  --parameter <n=v>   a parameter of the stack; as often as there are parameters
  --port <n>          S3 on port n, DynamoDB on n+1, SES on n+2, Step Functions
                      on n+3, Lambda on n+4, the API on n+5, SQS on n+6,
                      EventBridge on n+7, ECS on n+8; default free ports
  --verbose           also print every line that the functions log
  -h, --help          this text

Exit codes: 0 stopped, 1 the stack failed, 2 the call was wrong.
`,
} as const;
