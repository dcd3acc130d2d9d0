# Contigs of each sample, or of all at once ({assembly} is pooled then), joined and renamed.


rule megahit:
    input:
        first=mates_of("first"),
        second=mates_of("second"),
        single=mates_of("single"),
    output:
        "results/assembly/{assembly}/megahit.fa",
    log:
        "logs/megahit/{assembly}.log",
    benchmark:
        "benchmarks/megahit/{assembly}.tsv"
    conda:
        "../envs/megahit.yaml"
    threads: 16
    resources:
        mem_mb=mem_mb("megahit"),
        runtime=runtime("megahit"),
        disk_mb=disk_mb("megahit"),
    params:
        work=work_beside,
        reads=megahit_reads,
        extra=config["assembly"]["megahit"],
    shell:
        "rm -rf {params.work} && "
        "megahit {params.reads} -o {params.work} -t {threads} -m {resources.mem_mb}000000 {params.extra} > {log} 2>&1 && "
        "mv {params.work}/final.contigs.fa {output} && rm -rf {params.work}"


rule metaspades:
    input:
        first=mates_of("first"),
        second=mates_of("second"),
    output:
        "results/assembly/{assembly}/metaspades.fa",
    log:
        "logs/metaspades/{assembly}.log",
    benchmark:
        "benchmarks/metaspades/{assembly}.tsv"
    conda:
        "../envs/spades.yaml"
    threads: 16
    resources:
        mem_mb=mem_mb("metaspades"),
        runtime=runtime("metaspades"),
        disk_mb=disk_mb("metaspades"),
    params:
        work=work_beside,
        extra=config["assembly"]["metaspades"],
    # One library is all that metaSPAdes takes, so pooled samples are joined; gz files joined are a gz file.
    shell:
        "rm -rf {params.work} && mkdir -p {params.work} && "
        "cat {input.first} > {params.work}/1.fastq.gz && cat {input.second} > {params.work}/2.fastq.gz && "
        "metaspades.py -1 {params.work}/1.fastq.gz -2 {params.work}/2.fastq.gz -o {params.work}/out "
        "-t {threads} -m $(({resources.mem_mb} / 1000)) {params.extra} > {log} 2>&1 && "
        "mv {params.work}/out/contigs.fasta {output} && rm -rf {params.work}"


rule flye:
    input:
        lambda wildcards: [given(row.long_reads) for row in ASSEMBLIES[wildcards.assembly]],
    output:
        "results/assembly/{assembly}/flye.fa",
    log:
        "logs/flye/{assembly}.log",
    benchmark:
        "benchmarks/flye/{assembly}.tsv"
    conda:
        "../envs/flye.yaml"
    threads: 16
    resources:
        mem_mb=mem_mb("flye"),
        runtime=runtime("flye"),
        disk_mb=disk_mb("flye"),
    params:
        work=work_beside,
        reads=FLYE[config["long_reads"]],
        extra=config["assembly"]["flye"],
    shell:
        "rm -rf {params.work} && "
        "flye --meta {params.reads} {input} --out-dir {params.work} --threads {threads} {params.extra} > {log} 2>&1 && "
        "mv {params.work}/assembly.fasta {output} && rm -rf {params.work}"


rule concatenate:
    input:
        [contigs_of(name) for name in ASSEMBLIES],
    output:
        "results/catalogue.fna.gz",
    log:
        "logs/concatenate.log",
    benchmark:
        "benchmarks/concatenate.tsv"
    conda:
        "../envs/vambx.yaml"
    resources:
        mem_mb=mem_mb("concatenate"),
        runtime=runtime("concatenate"),
        disk_mb=disk_mb("concatenate"),
    params:
        assemblies=lambda wildcards, input: [f"{name}={path}" for name, path in zip(ASSEMBLIES, input)],
        min_length=config["assembly"]["min_length"],
        separator=separator_option(),
    shell:
        "vambx concatenate --output {output} --min-length {params.min_length} {params.separator} {params.assemblies} "
        "> {log} 2>&1"
