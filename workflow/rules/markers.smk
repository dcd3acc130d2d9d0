# Marker genes: searched in parts, which know nothing of each other, and joined.


rule markers_part:
    input:
        fasta=CATALOGUE,
        composition=COMPOSITION,
        settings=settings_file(),
    output:
        "results/parts/markers/{part}-of-{of}.npz",
    log:
        "logs/markers_part/{part}-of-{of}.log",
    benchmark:
        "benchmarks/markers_part/{part}-of-{of}.tsv"
    conda:
        "../envs/vambx.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb("markers_part"),
        runtime=runtime("markers_part"),
    params:
        outdir=folder_of("composition"),
        config=config_option,
        tables=tables("markers"),
    shell:
        "vambx markers --fasta {input.fasta} --outdir {params.outdir} --part {wildcards.part}/{wildcards.of} "
        "--output {output} {params.config} -t {threads} > {log} 2>&1"


rule markers:
    input:
        fasta=CATALOGUE,
        composition=COMPOSITION,
        parts=parts("results/parts/markers/{part}-of-{of}.npz", config["parts"]["markers"]),
        settings=settings_file(),
        # One step at a time works in the folder; this one waits until the clusters are there.
        turn=ancient("results/vambx/clusters.tsv"),
    output:
        markers="results/vambx/markers.npz",
    log:
        "logs/markers.log",
    benchmark:
        "benchmarks/markers.tsv"
    conda:
        "../envs/vambx.yaml"
    resources:
        mem_mb=mem_mb("markers"),
        runtime=runtime("markers"),
    params:
        outdir=folder_of("markers"),
        config=config_option,
        tables=tables("markers"),
    shell:
        "vambx markers --fasta {input.fasta} --outdir {params.outdir} --resume --parts {input.parts} {params.config} "
        "> {log} 2>&1"
