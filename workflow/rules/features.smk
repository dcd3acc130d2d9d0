# Composition of the contigs; depth of each sample by itself; both joined as what the encoder learns from.


rule composition:
    input:
        fasta=CATALOGUE,
        settings=settings_file(),
    output:
        composition=COMPOSITION,
    log:
        "logs/composition.log",
    benchmark:
        "benchmarks/composition.tsv"
    conda:
        "../envs/vambx.yaml"
    threads: 2
    resources:
        mem_mb=mem_mb("composition"),
        runtime=runtime("composition"),
    params:
        outdir=folder_of("composition"),
        config=config_option,
        tables=tables("features"),
    shell:
        "vambx composition --fasta {input.fasta} --outdir {params.outdir} --resume {params.config} "
        "-t {threads} > {log} 2>&1"


rule depth:
    input:
        bam=bam_of,
        composition=COMPOSITION,
        settings=settings_file(),
    output:
        "results/parts/depth/{sample}.npz",
    log:
        "logs/depth/{sample}.log",
    benchmark:
        "benchmarks/depth/{sample}.tsv"
    conda:
        "../envs/vambx.yaml"
    resources:
        mem_mb=mem_mb("depth"),
        runtime=runtime("depth"),
    params:
        outdir=folder_of("composition"),
        config=config_option,
        tables=tables("features"),
    shell:
        "vambx depth {input.bam} --sample {wildcards.sample} --outdir {params.outdir} --output {output} "
        "{params.config} -t {threads} > {log} 2>&1"


rule features:
    input:
        fasta=CATALOGUE,
        composition=COMPOSITION,
        depths=[depths_of(name) for name in MAPPED],
        settings=settings_file(),
    output:
        abundance="results/vambx/abundance.npz",
    log:
        "logs/features.log",
    benchmark:
        "benchmarks/features.tsv"
    conda:
        "../envs/vambx.yaml"
    resources:
        mem_mb=mem_mb("features"),
        runtime=runtime("features"),
    params:
        outdir=folder_of("abundance"),
        config=config_option,
        tables=tables("features"),
    shell:
        "vambx features --fasta {input.fasta} --depths {input.depths} --outdir {params.outdir} --resume "
        "{params.config} -t {threads} > {log} 2>&1"
