# Short reads are trimmed. Long ones are taken as they are: flye and minimap2 are made for them.


rule fastp:
    input:
        first=raw("reads1"),
        second=raw("reads2"),
    output:
        first=temp("results/reads/{sample}/1.fastq.gz"),
        second=temp("results/reads/{sample}/2.fastq.gz"),
        json="results/fastp/{sample}.fastp.json",
        html="results/fastp/{sample}.html",
    log:
        "logs/fastp/{sample}.log",
    benchmark:
        "benchmarks/fastp/{sample}.tsv"
    conda:
        "../envs/fastp.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb("fastp"),
        runtime=runtime("fastp"),
        disk_mb=disk_mb("fastp"),
    params:
        extra=config["trimming"]["extra"],
    shell:
        "fastp --in1 {input.first} --in2 {input.second} --out1 {output.first} --out2 {output.second} "
        "--json {output.json} --html {output.html} --report_title {wildcards.sample} --thread {threads} "
        "{params.extra} > {log} 2>&1"


rule fastp_single:
    input:
        raw("reads1"),
    output:
        reads=temp("results/reads/{sample}/single.fastq.gz"),
        json="results/fastp/{sample}.single.fastp.json",
        html="results/fastp/{sample}.single.html",
    log:
        "logs/fastp_single/{sample}.log",
    benchmark:
        "benchmarks/fastp_single/{sample}.tsv"
    conda:
        "../envs/fastp.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb("fastp"),
        runtime=runtime("fastp"),
        disk_mb=disk_mb("fastp"),
    params:
        extra=config["trimming"]["extra"],
    shell:
        "fastp --in1 {input} --out1 {output.reads} "
        "--json {output.json} --html {output.html} --report_title {wildcards.sample} --thread {threads} "
        "{params.extra} > {log} 2>&1"
