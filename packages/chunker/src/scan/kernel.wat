;; The fast half of the scanner: finds where records and fields end, 64 bytes at a time.
;;
;; It knows RFC 4180 and nothing else. A quote is plain where it opens a field, closes one, or is one of a doubled pair;
;; whether a byte lies inside quotes is then the parity of the quotes before it, which one carry-less product tells for
;; 64 bytes at once (here six shifts and xors; the idea is Langdale and Lemire's, https://arxiv.org/abs/1902.08318).
;; A block with any other quote, or with a byte that the dialect watches for, is not touched: the function stops in front
;; of it, and the exact state machine (record-machine.ts) takes it. Both see the same states, so they take turns freely.
;;
;; Memory: a header of 32-bit fields at address 0 (below), then whatever the caller lays out. Positions are counted from
;; the beginning of the window. At least 64 bytes behind the window and behind both tables must be addressable.
;;
;;   0 state      in and out: 0 field start, 1 unquoted, 2 quoted, 3 behind a quote in quotes
;;   4 quoteAt    in and out: position of the quote that opened the latest quoted field
;;   8 ends       in and out: field ends written so far                          (index)
;;  12 records    in and out: records ended so far
;;  16 recordEnd  out: position of the newline that ended the last record, or -1
;;  20 quotes     in and out: not 0 once a block with quotes was seen                  (index)
;;  24 window     address of the window
;;  28 endsAt     address of the table of field ends
;;  32 recordsAt  address of the table of records: for each, how many field ends there are up to its own
;;  36 delimiter  byte
;;  40 quote      byte, or -1 in a dialect without quotes
;;  44 watched    how many of the three bytes at 48, 52 and 56 are watched for
;;  60 doubled    1 where a doubled quote is a quote
;;  64 marksAt    address of room for 16 bytes for each 64 of the window                       (count)
(module
  (memory (export "memory") 1)

  ;; Counts records in [from, to) of the window. Answers the position up to which it came: less than 64 bytes before `to`,
  ;; or in front of a block for the state machine.
  (func (export "count") (param $from i32) (param $to i32) (result i32)
    (local $window i32) (local $pos i32) (local $last i32)
    (local $records i32) (local $recordEnd i32) (local $quoteAt i32) (local $mark i32) (local $floor i32)
    (local $run i32) (local $runRecords i32) (local $turns i32) (local $quiet i32) (local $calm i32) (local $found i32)
    (local $lastRun i32) (local $lastRunEnd i32)
    (local $inside i64) (local $closed i64) (local $separated i64) (local $doubled i64)
    (local $quote v128) (local $delimiter v128) (local $lf v128) (local $cr v128) (local $hasQuote v128)
    (local $watch0 v128) (local $watch1 v128) (local $watch2 v128) (local $watched i32)
    (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128) (local $hit v128) (local $sum v128)
    (local $n0 v128) (local $n1 v128) (local $n2 v128) (local $n3 v128) (local $follow i64)
    (local $q i64) (local $s i64) (local $n i64) (local $r i64) (local $in i64) (local $opening i64) (local $closing i64)
    (local $behind i64) (local $ends i64) (local $bad i64)

    (local.set $window (i32.load (i32.const 24)))
    (local.set $pos (i32.add (local.get $window) (local.get $from)))
    (local.set $last (i32.sub (i32.add (local.get $window) (local.get $to)) (i32.const 64)))
    (local.set $records (i32.load (i32.const 12)))
    (local.set $recordEnd (i32.const -1))
    (local.set $quoteAt (i32.load (i32.const 4)))
    (local.set $watched (i32.load (i32.const 44)))
    (local.set $quote (i8x16.splat (i32.load (i32.const 40))))
    (local.set $hasQuote (i32x4.splat (select (i32.const 0) (i32.const -1) (i32.lt_s (i32.load (i32.const 40)) (i32.const 0)))))
    (local.set $delimiter (i8x16.splat (i32.load (i32.const 36))))
    (local.set $lf (i8x16.splat (i32.const 10)))
    (local.set $cr (i8x16.splat (i32.const 13)))
    (local.set $watch0 (i8x16.splat (i32.load (i32.const 48))))
    (local.set $watch1 (i8x16.splat (i32.load (i32.const 52))))
    (local.set $watch2 (i8x16.splat (i32.load (i32.const 56))))
    (local.set $doubled (i64.sub (i64.const 0) (i64.load32_u (i32.const 60))))
    (local.set $separated (i64.extend_i32_u (i32.eq (i32.load (i32.const 0)) (i32.const 0))))
    (local.set $inside (select (i64.const -1) (i64.const 0) (i32.eq (i32.load (i32.const 0)) (i32.const 2))))
    (local.set $closed (i64.extend_i32_u (i32.eq (i32.load (i32.const 0)) (i32.const 3))))

    (local.set $mark (i32.load (i32.const 64)))
    (local.set $floor (local.get $mark))
    (local.set $quiet (i32.const 1))
    (block $done
      (loop $next
        ;; Runs are looked for only behind several blocks without quotes. Among quotes no branch may depend on what is in a
        ;; block: a guess at random data is wrong half of the time, and costs as much as the block.
        (if (i32.and (local.get $quiet) (i64.eqz (i64.or (local.get $inside) (local.get $closed))))
          (then
            ;; A run of blocks without quotes, outside of quotes: newlines are summed up in bytes, at most 4 a turn.
            (local.set $run (local.get $pos))
            (local.set $runRecords (i32.const 0))
            (local.set $sum (v128.const i64x2 0 0))
            (local.set $turns (i32.const 0))
            (block $runEnds
              (loop $plain
                (br_if $runEnds (i32.gt_s (local.get $pos) (local.get $last)))
                (local.set $v0 (v128.load (local.get $pos)))
                (local.set $v1 (v128.load offset=16 (local.get $pos)))
                (local.set $v2 (v128.load offset=32 (local.get $pos)))
                (local.set $v3 (v128.load offset=48 (local.get $pos)))
                (local.set $hit (v128.and (local.get $hasQuote)
                  (v128.or
                    (v128.or (i8x16.eq (local.get $v0) (local.get $quote)) (i8x16.eq (local.get $v1) (local.get $quote)))
                    (v128.or (i8x16.eq (local.get $v2) (local.get $quote)) (i8x16.eq (local.get $v3) (local.get $quote))))))
                (if (local.get $watched)
                  (then
                    (local.set $hit (v128.or (local.get $hit)
                      (v128.or
                        (v128.or (i8x16.eq (local.get $v0) (local.get $watch0)) (i8x16.eq (local.get $v1) (local.get $watch0)))
                        (v128.or (i8x16.eq (local.get $v2) (local.get $watch0)) (i8x16.eq (local.get $v3) (local.get $watch0))))))
                    (local.set $hit (v128.or (local.get $hit)
                      (v128.or
                        (v128.or (i8x16.eq (local.get $v0) (local.get $watch1)) (i8x16.eq (local.get $v1) (local.get $watch1)))
                        (v128.or (i8x16.eq (local.get $v2) (local.get $watch1)) (i8x16.eq (local.get $v3) (local.get $watch1))))))
                    (local.set $hit (v128.or (local.get $hit)
                      (v128.or
                        (v128.or (i8x16.eq (local.get $v0) (local.get $watch2)) (i8x16.eq (local.get $v1) (local.get $watch2)))
                        (v128.or (i8x16.eq (local.get $v2) (local.get $watch2)) (i8x16.eq (local.get $v3) (local.get $watch2))))))))
                (br_if $runEnds (v128.any_true (local.get $hit)))
                (local.set $sum (i8x16.sub (local.get $sum) (i8x16.eq (local.get $v0) (local.get $lf))))
                (local.set $sum (i8x16.sub (local.get $sum) (i8x16.eq (local.get $v1) (local.get $lf))))
                (local.set $sum (i8x16.sub (local.get $sum) (i8x16.eq (local.get $v2) (local.get $lf))))
                (local.set $sum (i8x16.sub (local.get $sum) (i8x16.eq (local.get $v3) (local.get $lf))))
                (local.set $pos (i32.add (local.get $pos) (i32.const 64)))
                (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
                (br_if $plain (i32.lt_u (local.get $turns) (i32.const 63)))
                ;; 63 turns put at most 252 into a byte.
                (local.set $runRecords (i32.add (local.get $runRecords) (call $total (local.get $sum))))
                (local.set $sum (v128.const i64x2 0 0))
                (local.set $turns (i32.const 0))
                (br $plain)))
            (if (i32.ne (local.get $run) (local.get $pos))
              (then
                (local.set $runRecords (i32.add (local.get $runRecords) (call $total (local.get $sum))))
                (if (local.get $runRecords)
                  (then
                    (local.set $records (i32.add (local.get $records) (local.get $runRecords)))
                    (local.set $lastRun (local.get $run))
                    (local.set $lastRunEnd (local.get $pos))))
                (local.set $separated (i64.extend_i32_u (i32.or
                  (i32.eq (i32.load8_u (i32.sub (local.get $pos) (i32.const 1))) (i32.const 10))
                  (i32.eq (i32.load8_u (i32.sub (local.get $pos) (i32.const 1))) (i32.load (i32.const 36)))))))))
          (else
            (if (i32.and (local.get $quiet) (i64.ne (local.get $inside) (i64.const 0)))
              (then
                ;; Blocks without quotes, inside of quotes, are text.
                (block $runEnds
                  (loop $plain
                    (br_if $runEnds (i32.gt_s (local.get $pos) (local.get $last)))
                    (local.set $v0 (v128.load (local.get $pos)))
                    (local.set $v1 (v128.load offset=16 (local.get $pos)))
                    (local.set $v2 (v128.load offset=32 (local.get $pos)))
                    (local.set $v3 (v128.load offset=48 (local.get $pos)))
                    (local.set $hit (v128.or
                      (v128.or (i8x16.eq (local.get $v0) (local.get $quote)) (i8x16.eq (local.get $v1) (local.get $quote)))
                      (v128.or (i8x16.eq (local.get $v2) (local.get $quote)) (i8x16.eq (local.get $v3) (local.get $quote)))))
                    (br_if $runEnds (v128.any_true (local.get $hit)))
                    (br_if $runEnds (local.get $watched))
                    (local.set $pos (i32.add (local.get $pos) (i32.const 64)))
                    (br $plain)))))))

        (br_if $done (i32.gt_s (local.get $pos) (local.get $last)))
        (local.set $v0 (v128.load (local.get $pos)))
        (local.set $v1 (v128.load offset=16 (local.get $pos)))
        (local.set $v2 (v128.load offset=32 (local.get $pos)))
        (local.set $v3 (v128.load offset=48 (local.get $pos)))
        (if (local.get $watched)
          (then
            (local.set $hit (v128.or
              (v128.or
                (v128.or (i8x16.eq (local.get $v0) (local.get $watch0)) (i8x16.eq (local.get $v1) (local.get $watch0)))
                (v128.or (i8x16.eq (local.get $v2) (local.get $watch0)) (i8x16.eq (local.get $v3) (local.get $watch0))))
              (v128.or
                (v128.or
                  (v128.or (i8x16.eq (local.get $v0) (local.get $watch1)) (i8x16.eq (local.get $v1) (local.get $watch1)))
                  (v128.or (i8x16.eq (local.get $v2) (local.get $watch1)) (i8x16.eq (local.get $v3) (local.get $watch1))))
                (v128.or
                  (v128.or (i8x16.eq (local.get $v0) (local.get $watch2)) (i8x16.eq (local.get $v1) (local.get $watch2)))
                  (v128.or (i8x16.eq (local.get $v2) (local.get $watch2)) (i8x16.eq (local.get $v3) (local.get $watch2)))))))
            (br_if $done (v128.any_true (local.get $hit)))))
        (local.set $q (i64.or
          (i64.extend_i32_u (i32.or
            (i8x16.bitmask (i8x16.eq (local.get $v0) (local.get $quote)))
            (i32.shl (i8x16.bitmask (i8x16.eq (local.get $v1) (local.get $quote))) (i32.const 16))))
          (i64.shl
            (i64.extend_i32_u (i32.or
              (i8x16.bitmask (i8x16.eq (local.get $v2) (local.get $quote)))
              (i32.shl (i8x16.bitmask (i8x16.eq (local.get $v3) (local.get $quote))) (i32.const 16))))
            (i64.const 32))))
        (local.set $quiet (i32.const 0))
        (local.set $calm (i32.and
          (i32.add (local.get $calm) (i32.const 1))
          (i32.sub (i32.const 0) (i64.eqz (local.get $q)))))
        (if (i32.ge_u (local.get $calm) (i32.const 8))
          (then
            (local.set $calm (i32.const 0))
            (if (i32.or (i64.eqz (local.get $inside)) (i32.eqz (local.get $watched)))
              (then
                (local.set $found (call $lastMark (local.get $mark) (local.get $floor)))
                (if (local.get $found)
                  (then
                    (local.set $lastRun (i32.const 0))
                    (local.set $recordEnd (i32.sub
                      (i32.add (local.get $pos) (i32.sub (i32.const 63) (i32.wrap_i64 (i64.clz (i64.load (local.get $found))))))
                      (i32.add (local.get $window) (i32.shl (i32.sub (local.get $mark) (local.get $found)) (i32.const 2)))))))
                (local.set $found (call $lastMark (i32.add (local.get $mark) (i32.const 8)) (i32.add (local.get $floor) (i32.const 8))))
                (if (local.get $found)
                  (then
                    (local.set $quoteAt (i32.sub
                      (i32.add (local.get $pos) (i32.sub (i32.const 63) (i32.wrap_i64 (i64.clz (i64.load (local.get $found))))))
                      (i32.add (local.get $window) (i32.sub (i32.shl (i32.sub (local.get $mark) (local.get $found)) (i32.const 2)) (i32.const -32)))))))
                (local.set $mark (local.get $floor))
                (local.set $quiet (i32.const 1))
                (br $next)))))
        (local.set $n0 (i8x16.eq (local.get $v0) (local.get $lf)))
        (local.set $n1 (i8x16.eq (local.get $v1) (local.get $lf)))
        (local.set $n2 (i8x16.eq (local.get $v2) (local.get $lf)))
        (local.set $n3 (i8x16.eq (local.get $v3) (local.get $lf)))
        (local.set $n (i64.or
          (i64.extend_i32_u (i32.or
            (i8x16.bitmask (local.get $n0))
            (i32.shl (i8x16.bitmask (local.get $n1)) (i32.const 16))))
          (i64.shl
            (i64.extend_i32_u (i32.or
              (i8x16.bitmask (local.get $n2))
              (i32.shl (i8x16.bitmask (local.get $n3)) (i32.const 16))))
            (i64.const 32))))
        ;; Separators: delimiters and newlines.
        (local.set $s (i64.or
          (i64.extend_i32_u (i32.or
            (i8x16.bitmask (v128.or (local.get $n0) (i8x16.eq (local.get $v0) (local.get $delimiter))))
            (i32.shl (i8x16.bitmask (v128.or (local.get $n1) (i8x16.eq (local.get $v1) (local.get $delimiter)))) (i32.const 16))))
          (i64.shl
            (i64.extend_i32_u (i32.or
              (i8x16.bitmask (v128.or (local.get $n2) (i8x16.eq (local.get $v2) (local.get $delimiter))))
              (i32.shl (i8x16.bitmask (v128.or (local.get $n3) (i8x16.eq (local.get $v3) (local.get $delimiter)))) (i32.const 16))))
            (i64.const 32))))
        ;; Parity of the quotes up to each byte: 1 from an opening quote to the byte before its closing one.
        (local.set $in (i64.xor (local.get $q) (i64.shl (local.get $q) (i64.const 1))))
        (local.set $in (i64.xor (local.get $in) (i64.shl (local.get $in) (i64.const 2))))
        (local.set $in (i64.xor (local.get $in) (i64.shl (local.get $in) (i64.const 4))))
        (local.set $in (i64.xor (local.get $in) (i64.shl (local.get $in) (i64.const 8))))
        (local.set $in (i64.xor (local.get $in) (i64.shl (local.get $in) (i64.const 16))))
        (local.set $in (i64.xor (local.get $in) (i64.shl (local.get $in) (i64.const 32))))
        (local.set $in (i64.xor (local.get $in) (local.get $inside)))
        (local.set $opening (i64.and (local.get $q) (local.get $in)))
        (local.set $closing (i64.xor (local.get $q) (local.get $opening)))
        (local.set $behind (i64.or (i64.shl (local.get $closing) (i64.const 1)) (local.get $closed)))
        (local.set $ends (i64.and (local.get $s) (i64.xor (local.get $in) (i64.const -1))))
        ;; An opening quote must follow a separator, or a closing quote where that makes a pair.
        (local.set $bad (i64.and (local.get $opening) (i64.xor (i64.const -1)
          (i64.or
            (i64.or (i64.shl (local.get $ends) (i64.const 1)) (local.get $separated))
            (i64.and (local.get $behind) (local.get $doubled))))))
        ;; Behind a closing quote there may be a separator, a CR, or the other quote of a pair.
        (local.set $follow (i64.and (local.get $behind) (i64.xor (i64.const -1) (i64.or (local.get $s) (local.get $q)))))
        (if (i64.ne (local.get $follow) (i64.const 0))
          (then
            ;; Such a CR must be followed by an LF, in this very block.
            (local.set $r (i64.or
              (i64.extend_i32_u (i32.or
                (i8x16.bitmask (i8x16.eq (local.get $v0) (local.get $cr)))
                (i32.shl (i8x16.bitmask (i8x16.eq (local.get $v1) (local.get $cr))) (i32.const 16))))
              (i64.shl
                (i64.extend_i32_u (i32.or
                  (i8x16.bitmask (i8x16.eq (local.get $v2) (local.get $cr)))
                  (i32.shl (i8x16.bitmask (i8x16.eq (local.get $v3) (local.get $cr))) (i32.const 16))))
                (i64.const 32))))
            (local.set $bad (i64.or (local.get $bad) (i64.or
              (i64.and (local.get $follow) (i64.xor (i64.const -1) (local.get $r)))
              (i64.or
                (i64.and (i64.shl (local.get $follow) (i64.const 1)) (i64.xor (i64.const -1) (local.get $n)))
                (i64.shr_u (local.get $follow) (i64.const 63))))))))
        (br_if $done (i64.ne (local.get $bad) (i64.const 0)))

        (local.set $n (i64.and (local.get $n) (local.get $ends)))
        (local.set $records (i32.add (local.get $records) (i32.wrap_i64 (i64.popcnt (local.get $n)))))
        ;; Where the last newline and the last opening quote are is looked up when it is asked for.
        (i64.store (local.get $mark) (local.get $n))
        (i64.store offset=8 (local.get $mark) (i64.and (local.get $opening) (i64.xor (i64.const -1) (local.get $behind))))
        (local.set $mark (i32.add (local.get $mark) (i32.const 16)))
        (local.set $inside (i64.shr_s (local.get $in) (i64.const 63)))
        (local.set $closed (i64.shr_u (local.get $closing) (i64.const 63)))
        (local.set $separated (i64.shr_u (local.get $ends) (i64.const 63)))
        (local.set $pos (i32.add (local.get $pos) (i32.const 64)))
        (br $next)))

    (local.set $found (call $lastMark (local.get $mark) (local.get $floor)))
    (if (local.get $found)
      (then
        (local.set $lastRun (i32.const 0))
        (local.set $recordEnd (i32.sub
          (i32.add (local.get $pos) (i32.sub (i32.const 63) (i32.wrap_i64 (i64.clz (i64.load (local.get $found))))))
          (i32.add (local.get $window) (i32.shl (i32.sub (local.get $mark) (local.get $found)) (i32.const 2)))))))
    (local.set $found (call $lastMark (i32.add (local.get $mark) (i32.const 8)) (i32.add (local.get $floor) (i32.const 8))))
    (if (local.get $found)
      (then
        (local.set $quoteAt (i32.sub
          (i32.add (local.get $pos) (i32.sub (i32.const 63) (i32.wrap_i64 (i64.clz (i64.load (local.get $found))))))
          (i32.add (local.get $window) (i32.sub (i32.shl (i32.sub (local.get $mark) (local.get $found)) (i32.const 2)) (i32.const -32)))))))
    ;; The last record may have ended in a run, which counted newlines without looking where they are.
    (if (local.get $lastRun)
      (then
        (loop $back
          (local.set $lastRunEnd (i32.sub (local.get $lastRunEnd) (i32.const 1)))
          (br_if $back (i32.ne (i32.load8_u (local.get $lastRunEnd)) (i32.const 10))))
        (local.set $recordEnd (i32.sub (local.get $lastRunEnd) (local.get $window)))))
    (i32.store (i32.const 0) (call $stateOf (local.get $inside) (local.get $closed) (local.get $separated)))
    (i32.store (i32.const 4) (local.get $quoteAt))
    (i32.store (i32.const 12) (local.get $records))
    (i32.store (i32.const 16) (local.get $recordEnd))
    (i32.sub (local.get $pos) (local.get $window)))

  ;; Like `count`, and writes every field end and every record into the tables.
  (func (export "index") (param $from i32) (param $to i32) (result i32)
    (local $window i32) (local $pos i32) (local $last i32) (local $at i32)
    (local $records i32) (local $recordEnd i32) (local $quoteAt i32) (local $quotes i32)
    (local $count i32) (local $endsAt i32) (local $out i32) (local $left i32) (local $recordsAt i32)
    (local $some i32) (local $quoted i32)
    (local $inside i64) (local $closed i64) (local $separated i64) (local $doubled i64)
    (local $quote v128) (local $delimiter v128) (local $lf v128) (local $cr v128) (local $hasQuote v128)
    (local $watch0 v128) (local $watch1 v128) (local $watch2 v128) (local $watched i32)
    (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128) (local $hit v128)
    (local $n0 v128) (local $n1 v128) (local $n2 v128) (local $n3 v128) (local $follow i64)
    (local $q i64) (local $s i64) (local $n i64) (local $r i64) (local $in i64) (local $opening i64) (local $closing i64)
    (local $behind i64) (local $ends i64) (local $bad i64)

    (local.set $window (i32.load (i32.const 24)))
    (local.set $pos (i32.add (local.get $window) (local.get $from)))
    (local.set $last (i32.sub (i32.add (local.get $window) (local.get $to)) (i32.const 64)))
    (local.set $count (i32.load (i32.const 8)))
    (local.set $endsAt (i32.load (i32.const 28)))
    (local.set $records (i32.load (i32.const 12)))
    (local.set $recordsAt (i32.load (i32.const 32)))
    (local.set $recordEnd (i32.const -1))
    (local.set $quoteAt (i32.load (i32.const 4)))
    (local.set $quotes (i32.load (i32.const 20)))
    (local.set $watched (i32.load (i32.const 44)))
    (local.set $quote (i8x16.splat (i32.load (i32.const 40))))
    (local.set $hasQuote (i32x4.splat (select (i32.const 0) (i32.const -1) (i32.lt_s (i32.load (i32.const 40)) (i32.const 0)))))
    (local.set $delimiter (i8x16.splat (i32.load (i32.const 36))))
    (local.set $lf (i8x16.splat (i32.const 10)))
    (local.set $cr (i8x16.splat (i32.const 13)))
    (local.set $watch0 (i8x16.splat (i32.load (i32.const 48))))
    (local.set $watch1 (i8x16.splat (i32.load (i32.const 52))))
    (local.set $watch2 (i8x16.splat (i32.load (i32.const 56))))
    (local.set $doubled (i64.sub (i64.const 0) (i64.load32_u (i32.const 60))))
    (local.set $separated (i64.extend_i32_u (i32.eq (i32.load (i32.const 0)) (i32.const 0))))
    (local.set $inside (select (i64.const -1) (i64.const 0) (i32.eq (i32.load (i32.const 0)) (i32.const 2))))
    (local.set $closed (i64.extend_i32_u (i32.eq (i32.load (i32.const 0)) (i32.const 3))))

    (block $done
      (loop $next
        (br_if $done (i32.gt_s (local.get $pos) (local.get $last)))
        (local.set $v0 (v128.load (local.get $pos)))
        (local.set $v1 (v128.load offset=16 (local.get $pos)))
        (local.set $v2 (v128.load offset=32 (local.get $pos)))
        (local.set $v3 (v128.load offset=48 (local.get $pos)))
        (if (local.get $watched)
          (then
            (local.set $hit (v128.or
              (v128.or
                (v128.or (i8x16.eq (local.get $v0) (local.get $watch0)) (i8x16.eq (local.get $v1) (local.get $watch0)))
                (v128.or (i8x16.eq (local.get $v2) (local.get $watch0)) (i8x16.eq (local.get $v3) (local.get $watch0))))
              (v128.or
                (v128.or
                  (v128.or (i8x16.eq (local.get $v0) (local.get $watch1)) (i8x16.eq (local.get $v1) (local.get $watch1)))
                  (v128.or (i8x16.eq (local.get $v2) (local.get $watch1)) (i8x16.eq (local.get $v3) (local.get $watch1))))
                (v128.or
                  (v128.or (i8x16.eq (local.get $v0) (local.get $watch2)) (i8x16.eq (local.get $v1) (local.get $watch2)))
                  (v128.or (i8x16.eq (local.get $v2) (local.get $watch2)) (i8x16.eq (local.get $v3) (local.get $watch2)))))))
            (br_if $done (v128.any_true (local.get $hit)))))
        (local.set $hit (v128.and (local.get $hasQuote)
          (v128.or
            (v128.or (i8x16.eq (local.get $v0) (local.get $quote)) (i8x16.eq (local.get $v1) (local.get $quote)))
            (v128.or (i8x16.eq (local.get $v2) (local.get $quote)) (i8x16.eq (local.get $v3) (local.get $quote))))))
        (local.set $n0 (i8x16.eq (local.get $v0) (local.get $lf)))
        (local.set $n1 (i8x16.eq (local.get $v1) (local.get $lf)))
        (local.set $n2 (i8x16.eq (local.get $v2) (local.get $lf)))
        (local.set $n3 (i8x16.eq (local.get $v3) (local.get $lf)))
        (local.set $n (i64.or
          (i64.extend_i32_u (i32.or
            (i8x16.bitmask (local.get $n0))
            (i32.shl (i8x16.bitmask (local.get $n1)) (i32.const 16))))
          (i64.shl
            (i64.extend_i32_u (i32.or
              (i8x16.bitmask (local.get $n2))
              (i32.shl (i8x16.bitmask (local.get $n3)) (i32.const 16))))
            (i64.const 32))))
        ;; Separators: delimiters and newlines.
        (local.set $s (i64.or
          (i64.extend_i32_u (i32.or
            (i8x16.bitmask (v128.or (local.get $n0) (i8x16.eq (local.get $v0) (local.get $delimiter))))
            (i32.shl (i8x16.bitmask (v128.or (local.get $n1) (i8x16.eq (local.get $v1) (local.get $delimiter)))) (i32.const 16))))
          (i64.shl
            (i64.extend_i32_u (i32.or
              (i8x16.bitmask (v128.or (local.get $n2) (i8x16.eq (local.get $v2) (local.get $delimiter))))
              (i32.shl (i8x16.bitmask (v128.or (local.get $n3) (i8x16.eq (local.get $v3) (local.get $delimiter)))) (i32.const 16))))
            (i64.const 32))))
        (local.set $ends (local.get $s))
        ;; Once there are quotes, the next blocks are looked at as if there were more: see the branches of `count`.
        (local.set $some (v128.any_true (local.get $hit)))
        (local.set $quoted (i32.or
          (i32.shl (local.get $some) (i32.const 3))
          (i32.and
            (i32.sub (local.get $quoted) (i32.ne (local.get $quoted) (i32.const 0)))
            (i32.sub (local.get $some) (i32.const 1)))))
        (if (i32.or (local.get $quoted) (i64.ne (i64.or (local.get $inside) (local.get $closed)) (i64.const 0)))
          (then
            (local.set $q (i64.or
              (i64.extend_i32_u (i32.or
                (i8x16.bitmask (i8x16.eq (local.get $v0) (local.get $quote)))
                (i32.shl (i8x16.bitmask (i8x16.eq (local.get $v1) (local.get $quote))) (i32.const 16))))
              (i64.shl
                (i64.extend_i32_u (i32.or
                  (i8x16.bitmask (i8x16.eq (local.get $v2) (local.get $quote)))
                  (i32.shl (i8x16.bitmask (i8x16.eq (local.get $v3) (local.get $quote))) (i32.const 16))))
                (i64.const 32))))
            (local.set $in (i64.xor (local.get $q) (i64.shl (local.get $q) (i64.const 1))))
            (local.set $in (i64.xor (local.get $in) (i64.shl (local.get $in) (i64.const 2))))
            (local.set $in (i64.xor (local.get $in) (i64.shl (local.get $in) (i64.const 4))))
            (local.set $in (i64.xor (local.get $in) (i64.shl (local.get $in) (i64.const 8))))
            (local.set $in (i64.xor (local.get $in) (i64.shl (local.get $in) (i64.const 16))))
            (local.set $in (i64.xor (local.get $in) (i64.shl (local.get $in) (i64.const 32))))
            (local.set $in (i64.xor (local.get $in) (local.get $inside)))
            (local.set $opening (i64.and (local.get $q) (local.get $in)))
            (local.set $closing (i64.xor (local.get $q) (local.get $opening)))
            (local.set $behind (i64.or (i64.shl (local.get $closing) (i64.const 1)) (local.get $closed)))
            (local.set $ends (i64.and (local.get $ends) (i64.xor (local.get $in) (i64.const -1))))
            (local.set $bad (i64.and (local.get $opening) (i64.xor (i64.const -1)
              (i64.or
                (i64.or (i64.shl (local.get $ends) (i64.const 1)) (local.get $separated))
                (i64.and (local.get $behind) (local.get $doubled))))))
            (local.set $follow (i64.and (local.get $behind) (i64.xor (i64.const -1) (i64.or (local.get $s) (local.get $q)))))
            (if (i64.ne (local.get $follow) (i64.const 0))
              (then
                ;; Such a CR must be followed by an LF, in this very block.
                (local.set $r (i64.or
                  (i64.extend_i32_u (i32.or
                    (i8x16.bitmask (i8x16.eq (local.get $v0) (local.get $cr)))
                    (i32.shl (i8x16.bitmask (i8x16.eq (local.get $v1) (local.get $cr))) (i32.const 16))))
                  (i64.shl
                    (i64.extend_i32_u (i32.or
                      (i8x16.bitmask (i8x16.eq (local.get $v2) (local.get $cr)))
                      (i32.shl (i8x16.bitmask (i8x16.eq (local.get $v3) (local.get $cr))) (i32.const 16))))
                    (i64.const 32))))
                (local.set $bad (i64.or (local.get $bad) (i64.or
                  (i64.and (local.get $follow) (i64.xor (i64.const -1) (local.get $r)))
                  (i64.or
                    (i64.and (i64.shl (local.get $follow) (i64.const 1)) (i64.xor (i64.const -1) (local.get $n)))
                    (i64.shr_u (local.get $follow) (i64.const 63))))))))
            (br_if $done (i64.ne (local.get $bad) (i64.const 0)))
            (local.set $quotes (i32.or (local.get $quotes)
              (i64.ne (i64.or (local.get $q) (i64.or (local.get $inside) (local.get $closed))) (i64.const 0))))
            (local.set $n (i64.and (local.get $n) (local.get $ends)))
            (local.set $q (i64.and (local.get $opening) (i64.xor (i64.const -1) (local.get $behind))))
            (local.set $quoteAt (i32.xor (local.get $quoteAt) (i32.and (i32.sub (i32.const 0) (i64.ne (local.get $q) (i64.const 0)))
          (i32.xor (local.get $quoteAt) (i32.sub
                (i32.add (local.get $pos) (i32.sub (i32.const 63) (i32.wrap_i64 (i64.clz (local.get $q)))))
                (local.get $window))))))
            (local.set $inside (i64.shr_s (local.get $in) (i64.const 63)))
            (local.set $closed (i64.shr_u (local.get $closing) (i64.const 63)))))
        (local.set $separated (i64.shr_u (local.get $ends) (i64.const 63)))
        (local.set $at (i32.sub (local.get $pos) (local.get $window)))
        ;; The first record is written wanted or not, as the field ends are; a second one in a block is rare.
        (loop $each
          ;; The field ends up to and with this newline are those below its bit, and itself.
          (i32.store
            (i32.add (local.get $recordsAt) (i32.shl (local.get $records) (i32.const 2)))
            (i32.add (local.get $count) (i32.wrap_i64 (i64.popcnt (i64.and (local.get $ends)
              (i64.xor (local.get $n) (i64.sub (local.get $n) (i64.const 1))))))))
          (local.set $records (i32.add (local.get $records) (i64.ne (local.get $n) (i64.const 0))))
          (local.set $n (i64.and (local.get $n) (i64.sub (local.get $n) (i64.const 1))))
          (br_if $each (i64.ne (local.get $n) (i64.const 0))))
        ;; Field ends are written eight at a time, wanted or not: a branch for each would be guessed wrong too often.
        (local.set $out (i32.add (local.get $endsAt) (i32.shl (local.get $count) (i32.const 2))))
        (local.set $left (i32.wrap_i64 (i64.popcnt (local.get $ends))))
        (local.set $count (i32.add (local.get $count) (local.get $left)))
        (block $written
          (loop $eight
            (br_if $written (i32.le_s (local.get $left) (i32.const 0)))
            (i32.store (local.get $out) (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $ends)))))
            (local.set $ends (i64.and (local.get $ends) (i64.sub (local.get $ends) (i64.const 1))))
            (i32.store offset=4 (local.get $out) (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $ends)))))
            (local.set $ends (i64.and (local.get $ends) (i64.sub (local.get $ends) (i64.const 1))))
            (i32.store offset=8 (local.get $out) (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $ends)))))
            (local.set $ends (i64.and (local.get $ends) (i64.sub (local.get $ends) (i64.const 1))))
            (i32.store offset=12 (local.get $out) (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $ends)))))
            (local.set $ends (i64.and (local.get $ends) (i64.sub (local.get $ends) (i64.const 1))))
            (i32.store offset=16 (local.get $out) (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $ends)))))
            (local.set $ends (i64.and (local.get $ends) (i64.sub (local.get $ends) (i64.const 1))))
            (i32.store offset=20 (local.get $out) (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $ends)))))
            (local.set $ends (i64.and (local.get $ends) (i64.sub (local.get $ends) (i64.const 1))))
            (i32.store offset=24 (local.get $out) (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $ends)))))
            (local.set $ends (i64.and (local.get $ends) (i64.sub (local.get $ends) (i64.const 1))))
            (i32.store offset=28 (local.get $out) (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $ends)))))
            (local.set $ends (i64.and (local.get $ends) (i64.sub (local.get $ends) (i64.const 1))))
            (local.set $out (i32.add (local.get $out) (i32.const 32)))
            (local.set $left (i32.sub (local.get $left) (i32.const 8)))
            (br $eight)))
        (local.set $pos (i32.add (local.get $pos) (i32.const 64)))
        (br $next)))

    (i32.store (i32.const 0) (call $stateOf (local.get $inside) (local.get $closed) (local.get $separated)))
    (i32.store (i32.const 4) (local.get $quoteAt))
    (i32.store (i32.const 8) (local.get $count))
    (if (i32.ne (local.get $records) (i32.load (i32.const 12)))
      (then
        (local.set $recordEnd (i32.load (i32.add (local.get $endsAt) (i32.shl
          (i32.sub
            (i32.load (i32.add (local.get $recordsAt) (i32.shl (i32.sub (local.get $records) (i32.const 1)) (i32.const 2))))
            (i32.const 1))
          (i32.const 2)))))))
    (i32.store (i32.const 12) (local.get $records))
    (i32.store (i32.const 16) (local.get $recordEnd))
    (i32.store (i32.const 20) (local.get $quotes))
    (i32.sub (local.get $pos) (local.get $window)))

  ;; Writes, for `count` ascending positions in UTF-8 text, how many UTF-16 units stand before each: every byte that does
  ;; not continue a character begins a unit, and a character of four bytes is two units.
  (func (export "units") (param $positions i32) (param $count i32) (param $out i32)
    (local $window i32) (local $block i32) (local $position i32) (local $less i32) (local $below i64)
    (local $continues i64) (local $four i64) (local $end i32)
    (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128)
    (local.set $window (i32.load (i32.const 24)))
    (local.set $block (i32.const -64))
    (local.set $end (i32.add (local.get $positions) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $each
        (br_if $done (i32.ge_u (local.get $positions) (local.get $end)))
        (local.set $position (i32.load (local.get $positions)))
        (block $here
          (loop $blocks
            (br_if $here (i32.lt_s (local.get $position) (i32.add (local.get $block) (i32.const 64))))
            (local.set $less (i32.sub
              (i32.add (local.get $less) (i32.wrap_i64 (i64.popcnt (local.get $continues))))
              (i32.wrap_i64 (i64.popcnt (local.get $four)))))
            (local.set $block (i32.add (local.get $block) (i32.const 64)))
            (local.set $v0 (v128.load (i32.add (local.get $window) (local.get $block))))
            (local.set $v1 (v128.load offset=16 (i32.add (local.get $window) (local.get $block))))
            (local.set $v2 (v128.load offset=32 (i32.add (local.get $window) (local.get $block))))
            (local.set $v3 (v128.load offset=48 (i32.add (local.get $window) (local.get $block))))
            (if (v128.any_true (v128.and
                (v128.or (v128.or (local.get $v0) (local.get $v1)) (v128.or (local.get $v2) (local.get $v3)))
                (v128.const i8x16 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128 -128)))
              (then
                (local.set $continues (i64.or
                  (i64.extend_i32_u (i32.or
                    (i8x16.bitmask (i8x16.lt_s (local.get $v0) (i8x16.splat (i32.const -64))))
                    (i32.shl (i8x16.bitmask (i8x16.lt_s (local.get $v1) (i8x16.splat (i32.const -64)))) (i32.const 16))))
                  (i64.shl
                    (i64.extend_i32_u (i32.or
                      (i8x16.bitmask (i8x16.lt_s (local.get $v2) (i8x16.splat (i32.const -64))))
                      (i32.shl (i8x16.bitmask (i8x16.lt_s (local.get $v3) (i8x16.splat (i32.const -64)))) (i32.const 16))))
                    (i64.const 32))))
                (local.set $four (i64.or
                  (i64.extend_i32_u (i32.or
                    (i8x16.bitmask (i8x16.ge_u (local.get $v0) (i8x16.splat (i32.const 240))))
                    (i32.shl (i8x16.bitmask (i8x16.ge_u (local.get $v1) (i8x16.splat (i32.const 240)))) (i32.const 16))))
                  (i64.shl
                    (i64.extend_i32_u (i32.or
                      (i8x16.bitmask (i8x16.ge_u (local.get $v2) (i8x16.splat (i32.const 240))))
                      (i32.shl (i8x16.bitmask (i8x16.ge_u (local.get $v3) (i8x16.splat (i32.const 240)))) (i32.const 16))))
                    (i64.const 32)))))
              (else
                (local.set $continues (i64.const 0))
                (local.set $four (i64.const 0))))
            (br $blocks)))
        (local.set $below (i64.sub
          (i64.shl (i64.const 1) (i64.extend_i32_u (i32.sub (local.get $position) (local.get $block))))
          (i64.const 1)))
        (i32.store (local.get $out) (i32.add
          (i32.sub
            (i32.sub (local.get $position) (local.get $less))
            (i32.wrap_i64 (i64.popcnt (i64.and (local.get $continues) (local.get $below)))))
          (i32.wrap_i64 (i64.popcnt (i64.and (local.get $four) (local.get $below))))))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $positions (i32.add (local.get $positions) (i32.const 4)))
        (br $each))))

  ;; Address of the last mark below `from` that is not 0, down to `floor`; 0 if there is none.
  (func $lastMark (param $from i32) (param $floor i32) (result i32)
    (loop $back
      (if (i32.le_u (local.get $from) (local.get $floor)) (then (return (i32.const 0))))
      (local.set $from (i32.sub (local.get $from) (i32.const 16)))
      (br_if $back (i64.eqz (i64.load (local.get $from)))))
    (local.get $from))

  ;; Sum of the 16 bytes of a vector.
  (func $total (param $bytes v128) (result i32)
    (local $sum v128)
    (local.set $sum (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (local.get $bytes))))
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
      (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))

  (func $stateOf (param $inside i64) (param $closed i64) (param $separated i64) (result i32)
    (select
      (i32.const 2)
      (select (i32.const 3) (i32.wrap_i64 (i64.xor (local.get $separated) (i64.const 1))) (i64.ne (local.get $closed) (i64.const 0)))
      (i64.ne (local.get $inside) (i64.const 0)))))
