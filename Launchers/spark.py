"""A trial on Apache Spark: each row names a part, `euthymia trial shard` turns it into the part, Spark schedules, retries and collects.

    spark-submit Launchers/spark.py SPECIFICATION PARTS FOLDER
    euthymia trial merge --format json FOLDER/part-*

Program and specification must be at the same path on every node (EUTHYMIA names the program), FOLDER where all of them can write.
"""
import os
import shlex
import sys

from pyspark.sql import SparkSession


def main(specification: str, parts: int, folder: str) -> None:
    program = shlex.quote(os.environ.get("EUTHYMIA", "euthymia"))
    command = f"{program} trial shard {shlex.quote(os.path.abspath(specification))} --shard - --threads 1"
    spark = SparkSession.builder.appName("euthymia trial").getOrCreate()
    spark.range(1, parts + 1, 1, parts).selectExpr(f"concat(id, '/{parts}') AS shard").createOrReplaceTempView("shards")
    literal = command.replace("\\", "\\\\").replace("'", "\\'")
    lines = "ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' LINES TERMINATED BY '\\n'"
    found = spark.sql(f"SELECT TRANSFORM(shard) {lines} USING '{literal}' AS (part STRING) {lines} FROM shards")
    found.write.mode("overwrite").text(folder)
    spark.stop()


if __name__ == "__main__":
    if len(sys.argv) != 4 or not sys.argv[2].isdigit():
        sys.exit("usage: spark-submit Launchers/spark.py SPECIFICATION PARTS FOLDER")
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
